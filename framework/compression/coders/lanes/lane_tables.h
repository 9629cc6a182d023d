// What the kernels ask of a probability table over the coarse alphabet of 64 symbols. A symbol of frequency f
// has f slots of M, one for each of its occurrences 0 .. f - 1; "place" is its start + occurrence.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace adagrain {

constexpr std::size_t kCoarseSymbols = 64;
using Frequencies = std::span<const std::uint32_t, kCoarseSymbols>;

// All that decoding one symbol asks of its slot, in one word.
template <int frequency_bits, int occurrence_bits>
struct Slot {
  static constexpr Slot of(std::uint32_t symbol, std::uint32_t occurrence, std::uint32_t frequency) {
    return {(symbol << occurrence_bits | occurrence) << frequency_bits | frequency};
  }
  std::uint32_t frequency() const { return word & ((1u << frequency_bits) - 1); }
  std::uint32_t occurrence() const { return word >> frequency_bits & ((1u << occurrence_bits) - 1); }
  std::uint32_t symbol() const { return word >> (frequency_bits + occurrence_bits); }

  std::uint32_t word;
};
using FastSlot = Slot<8, 8>;
using PreciseSlot = Slot<13, 12>;  // one symbol may have all 4096

// All that encoding one symbol asks, without a division: state / frequency is state * reciprocal / 2^n.
struct SymbolCode {
  std::uint64_t reciprocal = 0;
  std::uint32_t frequency = 0, start = 0;
};

// Sum of frequencies M = 2^8, none above 255: a symbol's slots are its places.
struct FastEncodeTables {
  explicit FastEncodeTables(Frequencies frequencies);
  std::uint32_t slot_of(std::uint32_t place) const { return place; }

  std::array<SymbolCode, kCoarseSymbols> code;
  alignas(64) std::array<std::uint8_t, kCoarseSymbols> frequency, start;
  alignas(64) std::array<std::uint16_t, kCoarseSymbols> reciprocal;  // min(65535, floor(2^16 / frequency))
};
struct FastDecodeTables {
  explicit FastDecodeTables(Frequencies frequencies);

  std::array<FastSlot, 256> slots;
  alignas(64) std::array<std::uint8_t, 256> symbol_of;  // [slot]
  alignas(64) std::array<std::uint8_t, kCoarseSymbols> frequency, start;
};

// Sum of frequencies M = 2^12. Slots are dealt by the alias method (Walker, 1977): of the 64 slots of bucket
// b the first `share` are symbol b's, the others those of one other symbol, so that finding a slot's symbol
// takes two look-ups in tables small enough for registers. Slot 64 b + i is occurrence number i of symbol b,
// or number i + adjust[b] (mod 2^16) of the other one.
struct AliasTables {
  explicit AliasTables(Frequencies frequencies);

  alignas(64) std::array<std::uint16_t, kCoarseSymbols> bucket;  // share | other symbol << 8
  alignas(64) std::array<std::uint16_t, kCoarseSymbols> adjust, frequency;
};
struct PreciseEncodeTables {
  explicit PreciseEncodeTables(Frequencies frequencies);
  std::uint32_t slot_of(std::uint32_t place) const { return slots[place]; }

  std::array<SymbolCode, kCoarseSymbols> code;
  alignas(64) std::array<std::uint16_t, kCoarseSymbols> frequency, start;
  std::array<std::uint16_t, 4096 + 1> slots;  // [place]; the last one is not, gathers read it
};
struct PreciseDecodeTables : AliasTables {
  explicit PreciseDecodeTables(Frequencies frequencies);

  std::array<PreciseSlot, 4096> slots;
};

}  // namespace adagrain
