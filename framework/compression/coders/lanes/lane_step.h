// One symbol of one lane: the arithmetic that every kernel repeats side by side.
#pragma once

#include <cstdint>

#include "framework/compression/coders/lanes/lane_tables.h"

namespace adagrain {

// rANS (Duda, 2013) with 2^8 slots: a state in [2^8, 2^16), renormalised by at most one byte a symbol.
struct FastLane {
  using Tables = FastTables;
  static constexpr std::uint32_t lowest = 1u << 8;
  static constexpr std::size_t unit_bytes = 1, state_bytes = 2;

  static void encode(const Tables& tables, std::uint32_t& state, std::uint8_t symbol, std::uint8_t*& out) {
    const std::uint32_t frequency = tables.frequency[symbol];
    if (state >> 8 >= frequency) {
      *out++ = static_cast<std::uint8_t>(state);
      state >>= 8;
    }
    state = state / frequency << 8 | (state % frequency + tables.start[symbol]);
  }

  // A state below `lowest` wants a unit, which refill takes from before `at`: without a branch, for which
  // states do is as good as random.
  static std::uint8_t decode(const Tables& tables, std::uint32_t& state) {
    const std::uint32_t slot = state & 255;
    const std::uint8_t symbol = tables.symbol_of[slot];
    state = tables.frequency[symbol] * (state >> 8) + slot - tables.start[symbol];
    return symbol;
  }

  static void refill(std::uint32_t& state, const std::uint8_t*& at) {
    const bool empty = state < lowest;
    at -= empty;
    state = empty ? state << 8 | *at : state;
  }
};

// The same with 2^12 slots: a state in [2^12, 2^28), renormalised by at most one little-endian 16-bit word.
struct PreciseLane {
  using Tables = PreciseTables;
  static constexpr std::uint32_t lowest = 1u << 12;
  static constexpr std::size_t unit_bytes = 2, state_bytes = 4;

  static void encode(const Tables& tables, std::uint32_t& state, std::uint8_t symbol, std::uint8_t*& out) {
    const std::uint32_t frequency = tables.frequency[symbol];
    if (state >> 16 >= frequency) {
      *out++ = static_cast<std::uint8_t>(state);
      *out++ = static_cast<std::uint8_t>(state >> 8);
      state >>= 16;
    }
    state = state / frequency << 12 | tables.slot_of[tables.start[symbol] + state % frequency];
  }

  static std::uint8_t decode(const Tables& tables, std::uint32_t& state) {
    const std::uint32_t bucket = state >> 6 & 63, place = state & 63;
    const std::uint32_t entry = tables.bucket[bucket];
    const bool other = place >= (entry & 255);
    const std::uint32_t symbol = other ? entry >> 8 : bucket;
    const std::uint32_t occurrence = (place + (other ? tables.adjust[bucket] : 0)) & 0xFFFF;
    state = tables.frequency[symbol] * (state >> 12) + occurrence;
    return static_cast<std::uint8_t>(symbol);
  }

  static void refill(std::uint32_t& state, const std::uint8_t*& at) {
    const bool empty = state < lowest;
    at -= empty ? 2 : 0;
    state = empty ? state << 16 | static_cast<std::uint32_t>(at[0] | at[1] << 8) : state;
  }
};

}  // namespace adagrain
