// Symbols of a fixed width, as the coder `raw` packs them: rtl/fixed_width_unpacker.v cycle by cycle.
//
// Up to eight symbols a cycle of at most 8 bits, four of 9 to 16, as soon as all of a group are held. Holds
// two 64-bit words. Cycle 0 is the one after the start; the first group leaves in cycle 1 at full rate.
#pragma once

#include <cstdint>
#include <span>

#include "framework/hardware/units/input_port.h"

namespace adagrain {

class FixedWidthUnpacker {
 public:
  // The width of symbols below `alphabet` is bit_width(alphabet - 1), at most 16. `packed` must outlive the
  // unit. Throws DataError when it is shorter or longer than so many symbols.
  FixedWidthUnpacker(std::span<const std::uint8_t> packed, std::uint32_t alphabet, std::size_t symbols,
                     InputRate rate);

  // The next group: how many of `group` it filled, 0 after the last one. `cycles` then tells in which cycle
  // it left, counted from 1.
  std::size_t unpack(std::span<std::uint16_t, 8> group);

  UnitCycles cycles() const { return {cycle_, starved_, port_.words(), port_.cycles()}; }

 private:
  std::span<const std::uint8_t> packed_;
  int width_;
  std::size_t left_, at_ = 0;  // symbols; the next one's first bit
  std::uint32_t held_ = 0;     // bits
  std::uint64_t cycle_ = 0, starved_ = 0;
  InputPort port_;
};

// A whole stream.
UnitCycles unpack_fixed_width(std::span<const std::uint8_t> packed, std::uint32_t alphabet, InputRate rate,
                              std::span<std::uint16_t> symbols);

}  // namespace adagrain
