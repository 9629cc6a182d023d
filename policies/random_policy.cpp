// A random granularity and scheme for every layer at the same rate: what remains of a policy when its choices
// carry no information. For a rate of r bits per weight, each layer draws among its candidates whose rate is
// within a fifth of r, or takes the nearest. Pressure lowers r.
//
//   seed: 0        # added to the experiment's seed
#include <algorithm>
#include <cmath>

#include "framework/core/registry.h"
#include "policies/pressure_path.h"

namespace adagrain {

namespace {

constexpr int kPoints = 64;
constexpr double kTolerance = 0.2;

class Random final : public PathPolicy {
 public:
  void configure(const Config& config) override {
    seed_ = config.get<std::uint64_t>("seed", 0, Range{0, 1e15});
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    RandomStream random(input.seed + seed_, "policy/random");
    double highest = 0, lowest = INFINITY;
    for (std::size_t layer = 0; layer < input.candidates.size(); ++layer) {
      for (const PricedCandidate& priced : input.candidates[layer]) {
        highest = std::max(highest, rate(input, layer, priced));
        lowest = std::min(lowest, rate(input, layer, priced));
      }
    }
    std::vector<Choice> all;
    for (int point = 0; point < kPoints; ++point) {
      const double target = highest * std::pow(lowest / highest, point / (kPoints - 1.0));
      Choice& choice = all.emplace_back();
      for (std::size_t layer = 0; layer < input.candidates.size(); ++layer) {
        choice.push_back(draw(input, layer, target, random));
      }
    }
    return all;
  }

 private:
  // Bits per weight; a byte more, so that an empty payload has a logarithm.
  static double rate(const PolicyInput& input, std::size_t layer, const PricedCandidate& priced) {
    const auto weights = std::max<std::int64_t>(1, input.profile.layers[layer].layer.weight_count());
    return 8.0 * (static_cast<double>(priced.bytes) + 1.0) / static_cast<double>(weights);
  }

  static std::uint32_t draw(const PolicyInput& input, std::size_t layer, double target,
                            RandomStream& random) {
    const auto& candidates = input.candidates[layer];
    std::vector<std::uint32_t> near;
    std::uint32_t nearest = 0;
    double least = INFINITY;
    for (std::uint32_t index = 0; index < candidates.size(); ++index) {
      const double distance = std::abs(std::log(rate(input, layer, candidates[index]) / target));
      if (distance <= kTolerance) near.push_back(index);
      if (distance < least) {
        least = distance;
        nearest = index;
      }
    }
    return near.empty() ? nearest : near[random.below(near.size())];
  }

  std::uint64_t seed_ = 0;
};

const bool registered = Registry<Policy>::add("random", "random granularity and scheme at equal rate",
                                              [] { return std::make_unique<Random>(); });

}  // namespace

}  // namespace adagrain
