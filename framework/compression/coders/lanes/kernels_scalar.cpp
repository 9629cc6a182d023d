// For every processor: one table look-up a symbol, eight symbols a word where their bits move.
#include <algorithm>
#include <bit>
#include <cstring>

#include "framework/compression/coders/lanes/kernels.h"
#include "framework/compression/coders/lanes/lane_step.h"

namespace adagrain {
namespace {

using Word = std::uint64_t;  // eight bytes, the first one lowest

constexpr Word every_byte(std::uint8_t byte) {
  return byte * Word{0x0101010101010101};
}
constexpr Word kHighBits = every_byte(0x80);

// Of each byte, modulo 256: no carry leaves its byte.
Word add_bytes(Word a, Word b) {
  return ((a & ~kHighBits) + (b & ~kHighBits)) ^ ((a ^ b) & kHighBits);
}
Word subtract_bytes(Word a, Word b) {
  return ((a | kHighBits) - (b & ~kHighBits)) ^ (~(a ^ b) & kHighBits);
}
// Bit 0 of each byte as one byte, and back.
Word gather_bits(Word bytes) {
  return (bytes & every_byte(1)) * 0x0102040810204080 >> 56;
}
Word spread_bits(std::uint8_t bits) {
  const Word chosen = every_byte(bits) & 0x8040201008040201;  // bit i of byte i
  return (chosen + every_byte(0x7F)) >> 7 & every_byte(1);
}
std::uint8_t* split(const CoarseMap& map, std::span<const std::uint8_t> bytes, std::uint8_t* coarse,
                    std::uint8_t* planes, std::uint8_t* escapes) {
  std::array<std::uint8_t, 256> symbol_of;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const std::uint32_t index = static_cast<std::uint8_t>(byte - map.base) >> map.raw_bits;
    symbol_of[byte] = index < kCoarseSymbols ? map.remap[index] : CoarseMap::escape;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    coarse[i] = symbol_of[bytes[i]];
    *escapes = static_cast<std::uint8_t>(static_cast<std::uint8_t>(bytes[i] - map.base) >> map.raw_bits);
    escapes += coarse[i] == CoarseMap::escape;
  }
  const auto bit_planes = static_cast<std::size_t>(map.raw_bits);
  for (std::size_t block = 0; bit_planes > 0 && block < bytes.size(); block += kPlaneBlock) {
    std::array<std::uint8_t, kPlaneBlock> last;
    const std::uint8_t* from = bytes.data() + block;
    if (bytes.size() - block < kPlaneBlock) {
      last.fill(map.base);  // a distance of zero sets no bit
      std::copy_n(from, bytes.size() - block, last.begin());
      from = last.data();
    }
    for (std::size_t eight = 0; eight < 8; ++eight) {
      const Word distance = subtract_bytes(load_little_endian<Word>(from + 8 * eight), every_byte(map.base));
      for (std::size_t bit = 0; bit < bit_planes; ++bit)
        planes[8 * bit + eight] = static_cast<std::uint8_t>(gather_bits(distance >> bit));
    }
    planes += 8 * bit_planes;
  }
  return escapes;
}

// As ByteSink::put, of eight symbols from `at` on, but for their escapes: returns the high bits of their
// bytes.
template <int raw_bits>
Word put_eight(const ByteSink& sink, std::size_t at, Word symbols) {
  Word values = symbols << raw_bits;  // stays within its byte
  const std::uint8_t* const planes = sink.planes + plane_place(at, raw_bits);
  for (int bit = 0; bit < raw_bits; ++bit) values |= spread_bits(planes[8 * bit]) << bit;
  store_little_endian(sink.bytes + at, add_bytes(values, every_byte(sink.base)));
  // Bytes below 64 borrow from no other: the high bit stays where there is an escape.
  return (kHighBits - (symbols ^ every_byte(CoarseMap::escape))) & kHighBits;
}

// What put_eight left of eight symbols: from `escape` to what the list says, the last one first.
template <int raw_bits>
void take_escapes(ByteSink& sink, std::size_t at, Word escaped) {
  while (escaped != 0) {
    const int last = std::bit_width(escaped) / 8 - 1;
    sink.bytes[at + static_cast<std::size_t>(last)] +=
        static_cast<std::uint8_t>((*--sink.escapes - CoarseMap::escape) << raw_bits);
    escaped ^= Word{0x80} << 8 * last;
  }
}

template <typename Lane>
std::uint8_t* encode(const typename Lane::EncodeTables& tables, LaneStates& states, std::size_t lanes,
                     const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out) {
  const std::size_t rounds = rows * row_symbols(lanes) / lanes;
  for (std::size_t round = 0; round < rounds; ++round, coarse += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) Lane::encode(tables, states[lane], coarse[lane], out);
  return out;
}

template <typename Lane, int raw_bits>
std::size_t decode_rows(const typename Lane::DecodeTables& tables, LaneStates& states, std::size_t lanes,
                        const std::uint8_t* first, const std::uint8_t*& at, ByteSink& sink,
                        std::size_t first_row, std::size_t row) {
  const std::size_t symbols_a_row = row_symbols(lanes);
  const auto most_bytes = static_cast<std::ptrdiff_t>(sizeof(typename Lane::Unit) * symbols_a_row);
  const std::uint8_t* next = at;
  ByteSink own = sink;  // which no store to bytes can change
  // Eights of a row with escapes. Which of them have any nothing predicts; how many have, a row tells once.
  struct {
    std::size_t at;
    Word escaped;
  } listed[kMostLanes / 8];
  while (row > first_row && next - first >= most_bytes && !own.has_too_few_escapes()) {
    --row;
    std::size_t eights_listed = 0;
    for (std::size_t eight = symbols_a_row; eight > 0;) {
      eight -= 8;
      Word symbols = 0;
#pragma GCC unroll 8
      for (std::size_t i = 0; i < 8; ++i) {
        std::uint32_t& stored = states[(eight + 7 - i) & (lanes - 1)];
        std::uint32_t state = stored;
        symbols = symbols << 8 | Lane::decode(tables, state);
        Lane::refill(state, next);
        stored = state;
      }
      const std::size_t to = row * symbols_a_row + eight;
      const Word escaped = put_eight<raw_bits>(own, to, symbols);
      listed[eights_listed] = {to, escaped};
      eights_listed += escaped != 0;
    }
    for (std::size_t i = 0; i < eights_listed; ++i)
      take_escapes<raw_bits>(own, listed[i].at, listed[i].escaped);
  }
  at = next;
  sink = own;
  return row;
}

template <typename Lane>
std::size_t decode(const typename Lane::DecodeTables& tables, LaneStates& states, std::size_t lanes,
                   const std::uint8_t* first, const std::uint8_t*& at, ByteSink& sink, std::size_t first_row,
                   std::size_t end_row) {
  return with_raw_bits(sink.raw_bits, [&](auto bits) {
    return decode_rows<Lane, bits>(tables, states, lanes, first, at, sink, first_row, end_row);
  });
}

}  // namespace

const Kernels scalar_kernels = {
    1, split, encode<FastLane>, encode<PreciseLane>, decode<FastLane>, decode<PreciseLane>};

const Kernels& kernels_of(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2_kernels;
  if (isa == Isa::avx512) return avx512_kernels;
#endif
  return scalar_kernels;
}

}  // namespace adagrain
