// The nearest level a quantised layer allows, for every transform that chooses levels.
#pragma once

#include <algorithm>
#include <vector>

#include "framework/compression/transforms/transform.h"

namespace adagrain {

// The nearest integer, of two the even one: what std::nearbyint does, which takes a call where there is no
// instruction for it. |value| < 2^51.
inline double nearest_integer(double value) {
  constexpr double no_fraction = 0x1.8p+52;  // doubles of this size are integers
  return value + no_fraction - no_fraction;
}

// Of a code whose steps, zero levels and range of levels are settled. Both must outlive it.
class Rounding {
 public:
  Rounding(const LayerCode& code, const LayerUnits& cut) : code_(code), cut_(cut) {
    for (const std::uint8_t step_code : code.step_code) {
      step_.push_back(step_code == 0 ? 0.0 : step_of(code.largest_step, step_code));
      inverse_.push_back(step_code == 0 ? 0.0 : 1.0 / step_.back());
    }
  }

  // A pruned weight's level means zero, and so does any of a unit without a step.
  std::int32_t level(std::size_t element, double value) const {
    const std::uint32_t unit = cut_.step_units.of(element);
    const bool pruned = !code_.alive.empty() && code_.alive[cut_.units.of(element)] == 0;
    if (code_.binary) return pruned || inverse_[unit] == 0 ? 0 : value < 0 ? -1 : 1;
    return pruned ? zero(unit) : scale_of(unit).level(value);
  }

  // How the values of one step unit become levels, binary ones aside.
  struct Scale {
    double inverse, lowest, highest;  // lowest and highest level, both around zero
    std::int32_t zero;

    std::int32_t level(double value) const {
      return static_cast<std::int32_t>(nearest_integer(std::clamp(value * inverse, lowest, highest))) + zero;
    }
  };
  Scale scale_of(std::uint32_t unit) const {
    const std::int32_t own = zero(unit);
    return {inverse_[unit], static_cast<double>(code_.lowest_level - own),
            static_cast<double>(code_.highest_level - own), own};
  }

  // What the level decodes to.
  double weight(std::size_t element, std::int32_t level) const {
    const std::uint32_t unit = cut_.step_units.of(element);
    return step_[unit] * (level - zero(unit));
  }

 private:
  std::int32_t zero(std::uint32_t unit) const {
    return code_.zero_level.empty() ? 0 : code_.zero_level[unit];
  }

  const LayerCode& code_;
  const LayerUnits& cut_;
  std::vector<double> step_, inverse_;  // [step unit]; 0 without a step
};

}  // namespace adagrain
