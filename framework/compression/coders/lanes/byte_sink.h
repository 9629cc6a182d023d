// Where a decoder leaves what it decodes: coarse symbols become bytes in the step that finds them, from the
// end of a chunk to its beginning.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "framework/compression/coders/lanes/lane_tables.h"

namespace adagrain {

// How bytes and coarse symbols belong together: with d = (byte - base) mod 256 the coarse symbol is
// remap[d >> raw_bits], and the low raw_bits of d are kept in bit planes. Where the coarse symbol is
// `escape`, also for d >> raw_bits beyond the alphabet, d >> raw_bits itself is in a list.
struct CoarseMap {
  static constexpr std::uint8_t escape = 63;
  std::uint8_t base = 0;
  int raw_bits = 0;                                              // 0..2
  alignas(64) std::array<std::uint8_t, kCoarseSymbols> remap{};  // itself or `escape`
};

constexpr std::size_t kPlaneBlock = 64;  // symbols whose bits of one plane are 8 bytes together

// Bytes of the planes of so many symbols.
constexpr std::size_t planes_bytes(std::size_t symbols, int raw_bits) {
  return (symbols + kPlaneBlock - 1) / kPlaneBlock * 8 * static_cast<std::size_t>(raw_bits);
}
// Where the bits of eight symbols, `symbol` the first one, stand in plane 0; 8 bytes further in the next.
constexpr std::size_t plane_place(std::size_t symbol, int raw_bits) {
  return symbol / kPlaneBlock * 8 * static_cast<std::size_t>(raw_bits) + symbol % kPlaneBlock / 8;
}

// Symbols that may be put until it is asked whether there were enough escapes.
constexpr std::size_t kEscapeSlack = 1024;

struct ByteSink {
  std::uint8_t base;
  int raw_bits;                // 0..2
  std::uint8_t* bytes;         // of the chunk
  const std::uint8_t* planes;  // of the chunk
  // The escapes that are left, none above 255 >> raw_bits; each is taken from their end. 64 bytes beyond
  // them and kEscapeSlack before them can be read: whether there are enough is asked once a row.
  const std::uint8_t *first_escape, *escapes;

  bool has_too_few_escapes() const { return escapes < first_escape; }

  // One byte. `bits`: raw_bits.
  template <int bits>
  void put(std::size_t at, std::uint32_t coarse) {
    std::uint32_t distance = coarse == CoarseMap::escape ? *--escapes : coarse;
    distance <<= bits;
    for (int bit = 0; bit < bits; ++bit) {
      const std::uint32_t eight = planes[plane_place(at, bits) + 8 * static_cast<std::size_t>(bit)];
      distance |= (eight >> at % 8 & 1) << bit;
    }
    bytes[at] = static_cast<std::uint8_t>(base + distance);
  }
};

// Calls `function` with the number of raw bits as a constant.
template <typename Function>
auto with_raw_bits(int raw_bits, const Function& function) {
  if (raw_bits == 0) return function(std::integral_constant<int, 0>());
  if (raw_bits == 1) return function(std::integral_constant<int, 1>());
  return function(std::integral_constant<int, 2>());
}

}  // namespace adagrain
