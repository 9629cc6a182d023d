#include "framework/compression/transforms/rate_distortion.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/compression/integer_log.h"
#include "framework/compression/transforms/rounding.h"

namespace adagrain {

namespace {

constexpr int kRounds = 3;

// Code length of each level in bits, at levels[0] = lowest.
std::vector<double> code_lengths(const std::vector<std::int32_t>& levels, std::int32_t lowest,
                                 std::int32_t highest) {
  std::vector<std::uint32_t> counts(static_cast<std::size_t>(highest - lowest) + 1);
  for (const std::int32_t level : levels) ++counts[static_cast<std::size_t>(level - lowest)];
  // Adding one keeps levels that nobody uses finite and dear.
  const std::uint32_t total = fixed_log2(static_cast<std::uint32_t>(levels.size() + counts.size()));
  std::vector<double> bits;
  for (const std::uint32_t count : counts) {
    bits.push_back(static_cast<double>(total - fixed_log2(count + 1)) / (1 << kLogFraction));
  }
  return bits;
}

double mean_importance(const LayerEvidence& evidence) {
  double sum = 0;
  for (const float importance : evidence.importance) sum += importance;
  return sum / static_cast<double>(std::max<std::size_t>(1, evidence.importance.size()));
}

}  // namespace

void lower_rate(LayerCode& code, const LayerUnits& cut, const LayerEvidence& evidence, double rate_weight) {
  if (code.levels.empty()) return;
  const auto [low, high] = std::minmax_element(code.levels.begin(), code.levels.end());
  const std::int32_t lowest = std::min(*low, 0), highest = std::max(*high, 0);
  const double mean = mean_importance(evidence);
  std::vector<double> inverse;
  for (const std::uint8_t step_code : code.step_code) {
    inverse.push_back(step_code == 0 ? 0.0 : 1.0 / step_of(code.largest_step, step_code));
  }
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<double> bits = code_lengths(code.levels, lowest, highest);
    for_each_unit_run(
        cut.step_units, 0, code.levels.size(), [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
          for (std::size_t i = begin; i < end; ++i) {
            const double exact = code.values[i] * inverse[unit];
            const double weight = mean > 0 ? (1.0 + evidence.importance[i] / mean) / 2 : 1.0;
            const auto nearest =
                static_cast<std::int32_t>(nearest_integer(std::clamp<double>(exact, lowest, highest)));
            const std::int32_t inward = nearest > 0 ? nearest - 1 : nearest < 0 ? nearest + 1 : 0;
            double best = INFINITY;
            for (const std::int32_t level : std::array{nearest, inward, std::int32_t{0}}) {
              const double cost = (exact - level) * (exact - level) * weight +
                                  rate_weight * bits[static_cast<std::size_t>(level - lowest)];
              if (cost < best) {
                best = cost;
                code.levels[i] = level;
              }
            }
          }
        });
  }
}

}  // namespace adagrain
