// Pruning: the units with the least saliency become zero until the target share of weights is reached.
// Saliency of a unit is the mean over its weights of w^2 (magnitude; Han et al., NeurIPS 2015) or of w^2 *
// importance (sensitivity; the diagonal second-order criterion of LeCun, Denker, Solla, Optimal Brain Damage,
// 1990). No bits are spent here: what zeros cost is the coder's matter.
#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include "framework/compression/transforms/transform.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

constexpr std::array<ParameterSpec, 2> kParameters = {
    ParameterSpec{"sparsity", 0, 1, 0.5, false, "share of weights set to zero, 0..1"},
    ParameterSpec{"saliency", 0, 1, 0, true, "0: magnitude, 1: sensitivity (needs importance)"}};

class Prune : public Transform {
 public:
  std::span<const ParameterSpec> parameters() const override { return kParameters; }

  void apply(LayerCode& code, const LayerUnits& cut, const LayerEvidence& evidence,
             const Parameters& given) const override {
    const UnitMap& units = cut.units;
    const bool sensitivity = parameter(given, kParameters[1]) == 1;
    require<ConfigError>(
        !sensitivity || evidence.importance.size() == code.values.size(),
        "prune: saliency=1 weighs by importance, which is not known here; it is measured in "
        "comparisons of policies, whose candidates name `saliencies`, and by trainings of kind "
        "fine_tune");
    std::vector<double> saliency(units.count);
    std::vector<std::uint32_t> size(units.count);
    for (std::size_t i = 0; i < code.values.size(); ++i) {
      const double square = static_cast<double>(code.values[i]) * code.values[i];
      saliency[units.of(i)] += sensitivity ? square * evidence.importance[i] : square;
      ++size[units.of(i)];
    }
    for (std::size_t unit = 0; unit < saliency.size(); ++unit) saliency[unit] /= size[unit];
    kill_least(code, saliency, size, parameter(given, kParameters[0]));
    for (std::size_t i = 0; i < code.values.size(); ++i) {
      if (code.alive[units.of(i)] == 0) code.values[i] = 0;
    }
  }

 private:
  // Kills units in order of saliency while that does not overshoot the target; of equal ones the earlier
  // falls first.
  static void kill_least(LayerCode& code, const std::vector<double>& saliency,
                         const std::vector<std::uint32_t>& size, double sparsity) {
    std::vector<std::uint32_t> order(saliency.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto sooner = [&](std::uint32_t left, std::uint32_t right) {
      return saliency[left] != saliency[right] ? saliency[left] < saliency[right] : left < right;
    };
    code.alive.assign(saliency.size(), 1);
    double left_to_kill = sparsity * static_cast<double>(code.values.size()) + 0.5;
    // Quickselect by size: the lower half dies as a whole where that does not overshoot, else the answer lies
    // in it.
    for (auto begin = order.begin(), end = order.end(); begin != end;) {
      const auto middle = begin + (end - begin) / 2;
      std::nth_element(begin, middle, end, sooner);
      double half = 0;
      for (auto unit = begin; unit <= middle; ++unit) half += size[*unit];
      if (half > left_to_kill) {
        end = middle;
        continue;
      }
      for (auto unit = begin; unit <= middle; ++unit) code.alive[*unit] = 0;
      left_to_kill -= half;
      begin = middle + 1;
    }
  }
};

const bool registered = Registry<Transform>::add("prune", "least salient units to zero",
                                                 [] { return std::make_unique<Prune>(); });

}  // namespace
}  // namespace adagrain
