// The inner loops of the lane coder, once per instruction set; all of them make and read the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "framework/compression/coders/lanes/isa.h"
#include "framework/compression/coders/lanes/lane_tables.h"

namespace adagrain {

constexpr std::size_t most_lanes = 256;
constexpr std::size_t fewest_lanes = 8;  // of the kernels; fewer go one by one

// One rANS state a lane. fast: [2^8, 2^16), renormalised by bytes; precise: [2^12, 2^28), by 16-bit words.
using LaneStates = std::array<std::uint32_t, most_lanes>;

// How bytes and coarse symbols belong together: with d = (byte - base) mod 256 the coarse symbol is
// remap[d >> raw_bits], and the low raw_bits of d are kept in bit planes. Where the coarse symbol is
// `escape`, also for d >> raw_bits beyond the alphabet, d >> raw_bits itself is in a list.
struct CoarseMap {
  static constexpr std::uint8_t escape = 63;
  std::uint8_t base = 0;
  int raw_bits = 0;                                              // 0..2
  alignas(64) std::array<std::uint8_t, coarse_symbols> remap{};  // itself or `escape`
};

// Chunks are decoded downwards, which processors fetch ahead for less eagerly than upwards: kernels ask for
// the line this far below the one they are at.
inline void fetch_ahead(const std::uint8_t* at) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(at) - 2048));
}

constexpr std::size_t plane_block = 64;  // symbols whose bits of one plane are 8 bytes together

// Coarse symbols of `bytes`, and their planes: raw_bits * 8 bytes for each begun block of 64. What escapes
// goes to `escapes`, which has room for bytes.size() + 64; returns where it ends.
using SplitBytes = std::uint8_t*(const CoarseMap& map, std::span<const std::uint8_t> bytes,
                                 std::uint8_t* coarse, std::uint8_t* planes, std::uint8_t* escapes);
// The inverse. Escapes, none above 255 >> raw_bits, are taken from their end backwards, never before `first`;
// null when there are too few. `coarse` has room for a multiple of 64, 64 bytes beyond the escapes can be
// read.
using JoinBytes = const std::uint8_t*(const CoarseMap& map, const std::uint8_t* coarse,
                                      const std::uint8_t* planes, const std::uint8_t* first,
                                      const std::uint8_t* escapes, std::span<std::uint8_t> bytes);

// A row is a symbol of each lane; the lanes are a power of two, fewest_lanes..most_lanes. Codes `rows` rows;
// `out` has room for a unit a symbol and 64 bytes more, 64 bytes beyond the rows can be read.
template <typename Tables>
using EncodeRows = std::uint8_t*(const Tables& tables, LaneStates& states, std::size_t lanes,
                                 const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out);
// Decodes rows, last row first, as long as as many bytes are left between `first` and `at` as a row may take;
// a unit a lane can be read beyond `at`. Returns the rows left.
template <typename Tables>
using DecodeRows = std::size_t(const Tables& tables, LaneStates& states, std::size_t lanes,
                               const std::uint8_t* first, const std::uint8_t*& at, std::uint8_t* coarse,
                               std::size_t rows);

struct Kernels {
  SplitBytes* split;
  std::array<JoinBytes*, 3> join;  // [raw_bits]
  EncodeRows<FastEncodeTables>* encode_fast;
  EncodeRows<PreciseEncodeTables>* encode_precise;
  DecodeRows<FastDecodeTables>* decode_fast;
  DecodeRows<PreciseDecodeTables>* decode_precise;
};

extern const Kernels scalar_kernels;
#if defined(__x86_64__)
extern const Kernels avx2_kernels, avx512_kernels;
#endif

const Kernels& kernels_of(Isa isa);

}  // namespace adagrain
