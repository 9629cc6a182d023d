// Values of the weights that are coded to the places that a mask gives them, zeros elsewhere:
// rtl/mask_scatter.v cycle by cycle.
//
// Eight places a cycle, as soon as their mask and values are held: the unit holds 16 values and two 64-bit
// words of the mask, place 0 in bit 0. Cycle 0 is the one after the start.
#pragma once

#include <cstdint>
#include <span>

#include "framework/hardware/units/input_port.h"

namespace adagrain {

struct ScatterInput {
  InputRate mask_words, value_groups;
  std::size_t group = 8;  // values that arrive at once, 1 .. 8; the last group may be smaller
};

class MaskScatter {
 public:
  // [place], not 0 where there is a value; must outlive the unit, as must what `input` refers to.
  MaskScatter(std::span<const std::uint8_t> mask, std::size_t values, const ScatterInput& input);

  // The next row of eight places, fewer at the end: of each the number of its value, or kNoValue. False after
  // the last row. `cycles` then tells in which cycle it left, counted from 1.
  static constexpr std::size_t kNoValue = ~std::size_t{0};
  bool next_row(std::span<std::size_t, 8> value_at);

  UnitCycles cycles() const { return {cycle_, starved_, mask_port_.words(), mask_port_.cycles()}; }

 private:
  std::span<const std::uint8_t> mask_;
  std::size_t values_, group_;
  std::size_t place_ = 0, used_ = 0;       // the next row's first one; values placed
  std::size_t rows_held_ = 0, taken_ = 0;  // of the mask; values that arrived
  std::uint64_t cycle_ = 0, starved_ = 0;
  InputPort mask_port_, value_port_;
};

// All places. Throws DataError when the mask wants another number of values.
template <typename Value>
UnitCycles scatter(std::span<const std::uint8_t> mask, std::span<const Value> values,
                   const ScatterInput& input, std::span<Value> places);

}  // namespace adagrain
