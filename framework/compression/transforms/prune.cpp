// Pruning: the units with the least saliency become zero until the target share of weights is reached.
// Saliency of a unit is the mean over its weights of w^2 (magnitude; Han et al., NeurIPS 2015) or of w^2 *
// importance (sensitivity; the diagonal second-order criterion of LeCun, Denker, Solla, Optimal Brain Damage,
// 1990). No bits are spent here: what zeros cost is the coder's matter. A training reaches its sparsity by
// the cubic schedule of Zhu and Gupta ("To Prune, or Not to Prune", 2017).
#include <algorithm>
#include <array>
#include <cmath>

#include "framework/compression/transforms/transform.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

constexpr ParameterSpec kSparsity = {"sparsity", 0, 1, 0.5, false, "share of weights set to zero, 0..1"};
constexpr ParameterSpec kSaliency = {"saliency", 0,    1,
                                     0,          true, "0: magnitude, 1: sensitivity (needs importance)"};
constexpr std::array<ParameterSpec, 2> kParameters = {kSparsity, kSaliency};

// A move leaves a quarter more survivors, or so many fewer.
constexpr double kSurvivorGrowth = 1.25;
// Below this share pruning saves nothing worth a move of its own.
constexpr double kLeastSparsity = 0.05;
constexpr double kLargestSparsity = 0.995;

bool by_sensitivity(const Parameters& given) {
  return parameter(given, kSaliency) == 1;
}

class Prune : public Transform {
 public:
  Stage stage() const override { return Stage::pruning; }
  Trace trace() const override { return Trace::zeros; }
  Needs needs(const Parameters& given) const override { return {.importance = by_sensitivity(given)}; }
  std::span<const ParameterSpec> parameters() const override { return kParameters; }

  std::vector<Parameters> grid(const Candidate&, const GridValues& values) const override {
    std::vector<Parameters> all;
    for (const Parameters& pruned : with_each({Parameters{}}, kSparsity.name, values.of(kSparsity.name))) {
      for (const double saliency : values.of(kSaliency.name)) {
        // The usual saliency goes without saying.
        all.push_back(saliency == kSaliency.fallback ? pruned : with(pruned, kSaliency.name, saliency));
      }
    }
    return all;
  }

  std::vector<Neighbour> neighbours(const Parameters& given, Direction direction) const override {
    const double survivors = 1 - parameter(given, kSparsity);
    const double sparsity =
        1 - (direction == Direction::finer ? survivors * kSurvivorGrowth : survivors / kSurvivorGrowth);
    if (sparsity > kLargestSparsity) return {};
    if (sparsity < kLeastSparsity) return {{given, true}};
    return {{with(given, kSparsity.name, sparsity)}};
  }

  Parameters eased(Parameters given, double done) const override {
    const auto sparsity = given.find(kSparsity.name);
    if (sparsity != given.end()) sparsity->second *= 1 - std::pow(1 - done, 3);
    return given;
  }

  void apply(LayerCode& code, const LayerContext& context, const Parameters& given) const override {
    const UnitMap& units = context.cut.units;
    const std::span<const float> importance = context.evidence.importance;
    const bool sensitivity = by_sensitivity(given);
    code.pruned = true;
    std::vector<Unit> all(units.count);
    for (std::uint32_t unit = 0; unit < units.count; ++unit) all[unit].number = unit;
    for_each_unit_run(units, 0, code.values.size(),
                      [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                        all[unit].size += static_cast<std::uint32_t>(end - begin);
                        for (std::size_t i = begin; i < end; ++i) {
                          const double square = static_cast<double>(code.values[i]) * code.values[i];
                          all[unit].saliency += sensitivity ? square * importance[i] : square;
                        }
                      });
    for (Unit& unit : all) unit.saliency /= unit.size;
    kill_least(code, std::move(all), parameter(given, kSparsity));
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
