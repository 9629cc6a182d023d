// For every processor: one table look-up a symbol, eight symbols a word where their bits move.
#include <algorithm>
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
bool has_byte(Word bytes, std::uint8_t wanted) {
  const Word zero_where = bytes ^ every_byte(wanted);
  return ((zero_where - every_byte(1)) & ~zero_where & kHighBits) != 0;
}

std::uint8_t* split(const CoarseMap& map, std::span<const std::uint8_t> bytes, std::uint8_t* coarse,
                    std::uint8_t* planes, std::uint8_t* escapes) {
  std::array<std::uint8_t, 256> symbol_of;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const std::uint32_t index = static_cast<std::uint8_t>(byte - map.base) >> map.raw_bits;
    symbol_of[byte] = index < coarse_symbols ? map.remap[index] : CoarseMap::escape;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    coarse[i] = symbol_of[bytes[i]];
    *escapes = static_cast<std::uint8_t>(static_cast<std::uint8_t>(bytes[i] - map.base) >> map.raw_bits);
    escapes += coarse[i] == CoarseMap::escape;
  }
  const auto bit_planes = static_cast<std::size_t>(map.raw_bits);
  for (std::size_t block = 0; bit_planes > 0 && block < bytes.size(); block += plane_block) {
    std::array<std::uint8_t, plane_block> last;
    const std::uint8_t* from = bytes.data() + block;
    if (bytes.size() - block < plane_block) {
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

// Symbols at .. at + 7 into `out`, of which `size` count.
template <std::size_t raw_bits>
const std::uint8_t* join_eight(const CoarseMap& map, const std::uint8_t* coarse, const std::uint8_t* planes,
                               const std::uint8_t* first, const std::uint8_t* escapes, std::size_t at,
                               std::size_t size, std::uint8_t* out) {
  Word symbols = load_little_endian<Word>(coarse + at);
  if (has_byte(symbols, CoarseMap::escape)) {
    for (std::size_t i = size; i-- > 0;) {
      if (coarse[at + i] != CoarseMap::escape) continue;
      if (escapes == first) return nullptr;
      symbols ^= Word{static_cast<std::uint8_t>(*--escapes ^ CoarseMap::escape)} << (8 * i);
    }
  }
  Word values = symbols << raw_bits;  // stays within its byte
  planes += at / plane_block * 8 * raw_bits + at % plane_block / 8;
  for (std::size_t bit = 0; bit < raw_bits; ++bit) values |= spread_bits(planes[8 * bit]) << bit;
  store_little_endian(out, add_bytes(values, every_byte(map.base)));
  return escapes;
}

template <std::size_t raw_bits>
const std::uint8_t* join(const CoarseMap& map, const std::uint8_t* coarse, const std::uint8_t* planes,
                         const std::uint8_t* first, const std::uint8_t* escapes,
                         std::span<std::uint8_t> bytes) {
  std::size_t at = bytes.size() / 8 * 8;
  if (const std::size_t size = bytes.size() - at; size > 0) {
    std::array<std::uint8_t, 8> last;
    escapes = join_eight<raw_bits>(map, coarse, planes, first, escapes, at, size, last.data());
    std::copy_n(last.begin(), size, bytes.data() + at);
  }
  while (at > 0 && escapes != nullptr) {
    at -= 8;
    escapes = join_eight<raw_bits>(map, coarse, planes, first, escapes, at, 8, bytes.data() + at);
  }
  return escapes;
}

template <typename Lane>
std::uint8_t* encode(const typename Lane::EncodeTables& tables, LaneStates& states, std::size_t lanes,
                     const std::uint8_t* coarse, std::size_t rows, std::uint8_t* out) {
  for (std::size_t row = 0; row < rows; ++row, coarse += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) Lane::encode(tables, states[lane], coarse[lane], out);
  return out;
}

template <typename Lane>
std::size_t decode(const typename Lane::DecodeTables& tables, LaneStates& states, std::size_t lanes,
                   const std::uint8_t* first, const std::uint8_t*& at, std::uint8_t* coarse,
                   std::size_t rows) {
  const auto most_bytes = static_cast<std::ptrdiff_t>(sizeof(typename Lane::Unit) * lanes);
  const std::uint8_t* next = at;
  for (; rows > 0 && next - first >= most_bytes; --rows) {
    for (std::size_t eight = lanes; eight > 0;) {
      eight -= 8;
      Word symbols = 0;
#pragma GCC unroll 8
      for (std::size_t i = 0; i < 8; ++i) {
        std::uint32_t state = states[eight + 7 - i];
        symbols = symbols << 8 | Lane::decode(tables, state);
        Lane::refill(state, next);
        states[eight + 7 - i] = state;
      }
      store_little_endian(coarse + (rows - 1) * lanes + eight, symbols);
    }
  }
  at = next;
  return rows;
}

}  // namespace

const Kernels scalar_kernels = {split,
                                {join<0>, join<1>, join<2>},
                                encode<FastLane>,
                                encode<PreciseLane>,
                                decode<FastLane>,
                                decode<PreciseLane>};

const Kernels& kernels_of(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2_kernels;
  if (isa == Isa::avx512) return avx512_kernels;
#endif
  return scalar_kernels;
}

}  // namespace adagrain
