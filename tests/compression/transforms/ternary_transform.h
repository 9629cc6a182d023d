// A transform of one's own, registered in the test binary alone.
//
// Ternary weights (Li, Zhang, Liu, "Ternary Weight Networks", 2016): levels -1, 0 and 1. A weight is zero up
// to `threshold` times its unit's mean magnitude; the step is the mean magnitude of the others.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "framework/compression/transforms/transform.h"
#include "framework/core/registry.h"

namespace adagrain {

class Ternary : public Transform {
 public:
  static constexpr ParameterSpec kThreshold = {
      "threshold", 0.1, 4, 0.7, false, "largest weight that becomes zero, mean magnitudes of its unit"};

  Stage stage() const override { return Stage::level_choice; }
  Trace trace() const override { return Trace::levels; }
  std::span<const ParameterSpec> parameters() const override { return {&kThreshold, 1}; }

  std::vector<Parameters> grid(const Candidate&, const GridValues&) const override {
    return with_each({Parameters{}}, kThreshold.name, {0.5, 0.7, 1.0});
  }

  std::vector<Neighbour> neighbours(const Parameters& given, Direction direction) const override {
    const double now = parameter(given, kThreshold);
    const double next = direction == Direction::finer ? now / 1.25 : now * 1.25;
    if (next < kThreshold.minimum || next > kThreshold.maximum) return {};
    return {{with(given, kThreshold.name, next)}};
  }

  void apply(LayerCode& code, const LayerContext& context, const Parameters& given) const override {
    const UnitMap& units = context.cut.step_units;
    std::vector<double> threshold(units.count), sum(units.count);
    std::vector<std::size_t> size(units.count), survivors(units.count);
    const auto each = [&](const auto& function) {
      for (std::size_t i = 0; i < code.values.size(); ++i)
        function(i, units.of(i), std::fabs(static_cast<double>(code.values[i])));
    };
    each([&](std::size_t, std::uint32_t unit, double magnitude) {
      threshold[unit] += magnitude * parameter(given, kThreshold);
      ++size[unit];
    });
    for (std::size_t unit = 0; unit < threshold.size(); ++unit)
      threshold[unit] /= static_cast<double>(size[unit]);
    code.levels.resize(code.values.size());
    each([&](std::size_t i, std::uint32_t unit, double magnitude) {
      if (magnitude <= threshold[unit]) return;
      code.levels[i] = code.values[i] < 0 ? -1 : 1;
      sum[unit] += magnitude;
      ++survivors[unit];
    });
    std::vector<float> steps;
    for (std::size_t unit = 0; unit < sum.size(); ++unit)
      steps.push_back(
          static_cast<float>(sum[unit] / static_cast<double>(std::max<std::size_t>(1, survivors[unit]))));
    store_steps(code, steps);
    code.quantized = true;
    code.lowest_level = -1;
    code.highest_level = 1;
  }
};

inline const bool ternary_registered =
    Registry<Transform>::add("ternary", "levels -1, 0 and 1", [] { return std::make_unique<Ternary>(); });

}  // namespace adagrain
