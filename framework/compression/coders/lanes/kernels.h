// The inner loops of the lane coder, once per instruction set; all of them make and read the same bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "framework/compression/coders/lanes/byte_sink.h"
#include "framework/compression/coders/lanes/isa.h"
#include "framework/compression/coders/lanes/lane_tables.h"

namespace adagrain {

constexpr std::size_t kMostLanes = 256;

// A row is a symbol of each lane; of few lanes so many of each in turn as make eight symbols.
constexpr std::size_t row_symbols(std::size_t lanes) {
  return std::max<std::size_t>(lanes, 8);
}

// One rANS state a lane. fast: [2^8, 2^16), renormalised by bytes; precise: [2^12, 2^28), by 16-bit words.
using LaneStates = std::array<std::uint32_t, kMostLanes>;

// Chunks are decoded downwards, which processors fetch ahead for less eagerly than upwards: kernels ask for
// the line this far below the one they are at.
inline void fetch_ahead(const std::uint8_t* at) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(at) - 2048));
}

// Coarse symbols of `bytes`, and their planes: raw_bits * 8 bytes for each begun block of 64. What escapes
// goes to `escapes`, which has room for bytes.size() + 64; returns where it ends.
using SplitBytes = std::uint8_t*(const CoarseMap& map, std::span<const std::uint8_t> bytes,
                                 std::uint8_t* coarse, std::uint8_t* planes, std::uint8_t* escapes);
// Codes `rows` rows; the lanes are a power of two, 1..most_lanes. `out` has room for a unit a symbol and 64
// bytes more, 64 bytes beyond the rows can be read.
template <typename Tables>
using EncodeRows = std::uint8_t*(const Tables& tables, LaneStates& states, std::size_t lanes,
                                 const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out);
// Decodes rows first_row .. end_row - 1 of a chunk into `sink`, the last one first, until all are done, fewer
// bytes are left between `first` and `at` than a row may take, or the sink has had too few escapes. A unit a
// lane can be read beyond `at`. Returns the end of the rows left.
template <typename Tables>
using DecodeRows = std::size_t(const Tables& tables, LaneStates& states, std::size_t lanes,
                               const std::uint8_t* first, const std::uint8_t*& at, ByteSink& sink,
                               std::size_t first_row, std::size_t end_row);

struct Kernels {
  std::size_t fewest_lanes;  // rows of fewer are the scalar kernels' work
  SplitBytes* split;
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
inline const Kernels& kernels_of_rows(const Kernels& kernels, std::size_t lanes) {
  return lanes < kernels.fewest_lanes ? scalar_kernels : kernels;
}

}  // namespace adagrain
