// One symbol of one lane: the arithmetic that every kernel repeats side by side.
#pragma once

#include <bit>
#include <cstdint>

#include "framework/compression/coders/lanes/lane_tables.h"
#include "framework/core/bytes.h"

namespace adagrain {

// rANS (Duda, 2013) with M = 2^precision slots: a state x in [M, M 2^b), renormalised by at most one
// little-endian unit of b bits a symbol.
template <int slot_bits, typename CodeUnit, typename State, typename ForEncoding, typename ForDecoding>
struct Lane {
  using Unit = CodeUnit;
  using StoredState = State;
  using EncodeTables = ForEncoding;
  using DecodeTables = ForDecoding;
  static constexpr int precision = slot_bits, unit_bits = 8 * sizeof(Unit);
  static constexpr std::uint32_t lowest = 1u << precision, highest = lowest << unit_bits;
  // How a state is stored: its bit width - lowest_width, then its bits but the highest one. Any width is as
  // likely.
  static constexpr int lowest_width = precision + 1, width_bits = std::bit_width(unit_bits - 1u);

  // May write a unit more than it appends.
  static void encode(const EncodeTables& tables, std::uint32_t& state, std::uint8_t symbol,
                     std::uint8_t*& out) {
    const SymbolCode& code = tables.code[symbol];
    store_little_endian(out, static_cast<Unit>(state));
    const std::uint32_t full = mask_if(state >> unit_bits >= code.frequency);
    out += full & sizeof(Unit);
    const std::uint32_t x = choose(full, state >> unit_bits, state);
    const auto quotient = static_cast<std::uint32_t>(x * code.reciprocal >> (2 * precision + unit_bits));
    state = quotient << precision | tables.slot_of(code.start + x - quotient * code.frequency);
  }

  // Leaves a state below `lowest` when it wants a unit, which refill takes from before `at`.
  static std::uint32_t decode(const DecodeTables& tables, std::uint32_t& state) {
    const auto slot = tables.slots[state & (lowest - 1)];
    state = slot.frequency() * (state >> precision) + slot.occurrence();
    return slot.symbol();
  }

  // Reads the unit before `at` also where none is wanted, so as not to wait for knowing.
  static void refill(std::uint32_t& state, const std::uint8_t*& at) {
    const std::uint32_t refilled = state << unit_bits | load_little_endian<Unit>(at - sizeof(Unit));
    const std::uint32_t empty = mask_if(state < lowest);
    at += static_cast<std::ptrdiff_t>(static_cast<std::int32_t>(empty)) *
          static_cast<std::ptrdiff_t>(sizeof(Unit));
    state = choose(empty, refilled, state);
  }

 private:
  // Compilers make branches of conditions, for which states do is as good as random, but not of masks.
  static std::uint32_t mask_if(bool condition) { return 0 - std::uint32_t{condition}; }
  static std::uint32_t choose(std::uint32_t mask, std::uint32_t a, std::uint32_t b) {
    return b ^ (mask & (a ^ b));
  }
};

using FastLane = Lane<8, std::uint8_t, std::uint16_t, FastEncodeTables, FastDecodeTables>;
using PreciseLane = Lane<12, std::uint16_t, std::uint32_t, PreciseEncodeTables, PreciseDecodeTables>;

}  // namespace adagrain
