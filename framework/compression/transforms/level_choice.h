// The trade between error and rate, level by level: rate-distortion optimised quantisation (RDOQ; Karczewicz,
// Ye and Chong, "Rate Distortion Optimized Quantization", ITU-T VCEG-AH21, 2008).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <span>
#include <vector>

#include "framework/compression/integer_log.h"
#include "framework/compression/transforms/rounding.h"

namespace adagrain {

// Minimises, weight by weight,
//   (w / step - level)^2 * (1 + importance / mean importance) / 2 + rate_weight * rate(level)
// over the nearest level, the one next to it towards zero, and zero, within the range that the code's levels
// have. The code is symmetric and has its levels; code, cut and importance must outlive the choice.
class LevelChoice {
 public:
  LevelChoice(const LayerCode& code, const LayerContext& context, double rate_weight)
      : values_(code.values),
        step_units_(context.cut.step_units),
        importance_(context.evidence.importance),
        mean_importance_(std::accumulate(importance_.begin(), importance_.end(), 0.0) /
                         static_cast<double>(std::max<std::size_t>(1, importance_.size()))),
        rate_weight_(rate_weight) {
    const auto [low, high] = std::minmax_element(code.levels.begin(), code.levels.end());
    lowest_ = std::min(*low, 0);
    highest_ = std::max(*high, 0);
    for (const std::uint8_t step_code : code.step_code) {
      inverse_.push_back(step_code == 0 ? 0.0 : 1.0 / step_of(code.largest_step, step_code));
    }
  }

  // All levels chosen lie between these.
  std::int32_t lowest() const { return lowest_; }
  std::int32_t highest() const { return highest_; }

  // `rate(level)`: bits in 2^-kLogFraction.
  template <typename Rate>
  std::int32_t operator()(std::size_t element, const Rate& rate) const {
    const double exact = values_[element] * inverse_[step_units_.of(element)];
    const auto nearest =
        static_cast<std::int32_t>(nearest_integer(std::clamp<double>(exact, lowest_, highest_)));
    if (nearest == 0) return 0;
    const double weight = mean_importance_ > 0 ? (1.0 + importance_[element] / mean_importance_) / 2 : 1.0;
    double best = INFINITY;
    std::int32_t choice = 0;
    const auto consider = [&](std::int32_t level) {
      const double error = (exact - level) * (exact - level) * weight;
      if (error >= best) return;  // no need to ask for its rate
      const double cost = error + rate_weight_ * rate(level) / (1 << kLogFraction);
      if (cost >= best) return;
      best = cost;
      choice = level;
    };
    consider(nearest);
    if (std::abs(nearest) > 1) consider(nearest > 0 ? nearest - 1 : nearest + 1);
    consider(0);
    return choice;
  }

 private:
  std::span<const float> values_;
  const UnitMap& step_units_;
  std::span<const float> importance_;
  double mean_importance_;
  double rate_weight_;
  std::int32_t lowest_, highest_;
  std::vector<double> inverse_;  // [step unit]; 0 without a step
};

}  // namespace adagrain
