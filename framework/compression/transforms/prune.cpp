// Pruning: the units with the least saliency become zero until the target share of weights is reached.
// Saliency of a unit is the mean over its weights of w^2 (magnitude; Han et al., NeurIPS 2015) or of w^2 *
// importance (sensitivity; the diagonal second-order criterion of LeCun, Denker, Solla, Optimal Brain Damage,
// 1990). No bits are spent here: what zeros cost is the coder's matter.
#include <algorithm>
#include <array>
#include <functional>

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
    std::vector<Unit> all(units.count);
    for (std::uint32_t unit = 0; unit < units.count; ++unit) all[unit].number = unit;
    for_each_unit_run(units, 0, code.values.size(),
                      [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                        all[unit].size += static_cast<std::uint32_t>(end - begin);
                        for (std::size_t i = begin; i < end; ++i) {
                          const double square = static_cast<double>(code.values[i]) * code.values[i];
                          all[unit].saliency += sensitivity ? square * evidence.importance[i] : square;
                        }
                      });
    for (Unit& unit : all) unit.saliency /= unit.size;
    kill_least(code, std::move(all), parameter(given, kParameters[0]));
    for_each_unit_run(units, 0, code.values.size(),
                      [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                        if (code.alive[unit] != 0) return;
                        std::fill(code.values.begin() + static_cast<std::ptrdiff_t>(begin),
                                  code.values.begin() + static_cast<std::ptrdiff_t>(end), 0.0f);
                      });
  }

 private:
  struct Unit {
    double saliency = 0;
    std::uint32_t number = 0, size = 0;  // size: weights
  };

  // Kills units in order of saliency while that does not overshoot the target; of equal ones the earlier
  // falls first.
  static void kill_least(LayerCode& code, std::vector<Unit> units, double sparsity) {
    const auto sooner = [](const Unit& left, const Unit& right) {
      return left.saliency != right.saliency ? left.saliency < right.saliency : left.number < right.number;
    };
    code.alive.assign(units.size(), 1);
    double left_to_kill = sparsity * static_cast<double>(code.values.size()) + 0.5;
    // Quickselect by size: the lower half dies as a whole where that does not overshoot, else the answer lies
    // in it.
    for (auto begin = units.begin(), end = units.end(); begin != end;) {
      const auto middle = begin + (end - begin) / 2;
      std::nth_element(begin, middle, end, sooner);
      double half = 0;
      for (auto unit = begin; unit <= middle; ++unit) half += unit->size;
      if (half > left_to_kill) {
        end = middle;
        continue;
      }
      for (auto unit = begin; unit <= middle; ++unit) code.alive[unit->number] = 0;
      left_to_kill -= half;
      begin = middle + 1;
    }
  }
};

const bool registered = Registry<Transform>::add("prune", "least salient units to zero",
                                                 [] { return std::make_unique<Prune>(); });

}  // namespace
}  // namespace adagrain
