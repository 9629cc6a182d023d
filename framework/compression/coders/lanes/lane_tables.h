// What the kernels ask of a probability table over the coarse alphabet of 64 symbols.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace adagrain {

constexpr std::size_t coarse_symbols = 64;

// Sum of frequencies 2^8, none above 255: a symbol owns the slots [start, start + frequency).
struct FastTables {
  explicit FastTables(std::span<const std::uint32_t, coarse_symbols> frequencies);

  alignas(64) std::array<std::uint8_t, 256> symbol_of;  // [slot]
  alignas(64) std::array<std::uint8_t, coarse_symbols> frequency, start;
  alignas(64) std::array<std::uint16_t, coarse_symbols> reciprocal;  // min(65535, floor(2^16 / frequency))
};

// Sum of frequencies 2^12. Slots are dealt by the alias method (Walker, 1977): of the 64 slots of bucket b
// the first `share` are symbol b's, the others those of one other symbol, so that finding a slot's symbol
// takes two look-ups in tables small enough for registers. Slot 64 b + i is occurrence number i of symbol b,
// or number i + adjust[b] (mod 2^16) of the other one.
struct PreciseTables {
  explicit PreciseTables(std::span<const std::uint32_t, coarse_symbols> frequencies);

  alignas(64) std::array<std::uint16_t, coarse_symbols> bucket;  // share | other symbol << 8
  alignas(64) std::array<std::uint16_t, coarse_symbols> adjust, frequency;
  std::array<std::uint16_t, coarse_symbols> start;  // of each symbol's slots in `slot_of`
  std::array<std::uint16_t, 4096> slot_of;          // [start of symbol + number of occurrence]
};

}  // namespace adagrain
