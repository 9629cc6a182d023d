// Search with real evaluation: the reference that the other policies are measured against, at hundreds of
// evaluations a network.
//
// 1. Each layer alone: its promising candidates are put into the otherwise lossless network and their KL
//    divergence is measured; the rest of the table is filled in from the measured ones (fill_from_measured).
// 2. KL adds up over layers to within a few per cent, so equal slopes on bytes and measured KL give a path.
// 3. Company: around the plan that spends `operating_divergence`, each layer is measured one vertex more
//    careful and one smaller while the others stay compressed. The ratio of damage in company to damage
//    alone scales the layer's KL, and the path is built anew; `refine_rounds` times.
// 4. The paths of single_step and lagrangian compete: where one of them measures better at equal bytes, it
//    is taken there.
//
//   candidates_per_layer: 16
//   operating_divergence: 0.02     # nats, about half a point of accuracy on the zoo
//   refine_rounds: 1
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "framework/core/interrupt.h"
#include "framework/core/registry.h"
#include "framework/search/outcome.h"
#include "policies/equal_slopes.h"
#include "policies/promising.h"

namespace adagrain {

namespace {

constexpr int kAnchors = 8;  // plans of each rival path that are measured

class Oracle final : public PathPolicy {
 public:
  void configure(const Config& config) override {
    per_layer_ = config.get<int>("candidates_per_layer", per_layer_, Range{3, 1000});
    operating_ = config.get<double>("operating_divergence", operating_, Range{1e-6, 10});
    rounds_ = config.get<int>("refine_rounds", rounds_, Range{0, 10});
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    ensure(static_cast<bool>(input.evaluate), "oracle: no evaluation was given");
    std::vector<std::vector<double>> divergence = measure_layers(input);
    const auto path = [&] {
      return equal_slopes(tradeoffs(input.candidates, [&](std::size_t layer) { return divergence[layer]; }));
    };
    for (int round = 0; round < rounds_; ++round) refine(input, path(), divergence);
    return best_of(input, path(), divergence);
  }

 private:
  double measure(const PolicyInput& input, const Choice& choice) const {
    stop_if_interrupted("finished trials are kept; the oracle's search starts again");
    return input.evaluate(make_plan(input, choice)).divergence;
  }

  // The least damaging candidate of every layer, of these the smallest.
  static Choice careful_choice(const PolicyInput& input) {
    Choice choice;
    for (const auto& candidates : input.candidates) {
      const auto best =
          std::min_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
            return a.squared_error != b.squared_error ? a.squared_error < b.squared_error : a.bytes < b.bytes;
          });
      choice.push_back(static_cast<std::uint32_t>(best - candidates.begin()));
    }
    return choice;
  }

  std::vector<std::vector<double>> measure_layers(const PolicyInput& input) const {
    const Choice careful = careful_choice(input);
    // Small tensors may be stored in half precision: what that costs belongs to no layer.
    const double floor = measure(input, careful);
    std::vector<std::vector<double>> divergence;
    for (std::size_t layer = 0; layer < input.candidates.size(); ++layer) {
      std::map<std::uint32_t, double> measured;
      for (const std::uint32_t candidate :
           promising_candidates(input.candidates[layer], static_cast<std::size_t>(per_layer_))) {
        Choice choice = careful;
        choice[layer] = candidate;
        measured[candidate] = std::max(0.0, measure(input, choice) - floor);
      }
      divergence.push_back(fill_from_measured(input.candidates[layer], measured));
    }
    return divergence;
  }

  static double sum(const std::vector<std::vector<double>>& divergence, const Choice& choice) {
    double total = 0;
    for (std::size_t layer = 0; layer < choice.size(); ++layer) total += divergence[layer][choice[layer]];
    return total;
  }

  void refine(const PolicyInput& input, const std::vector<Choice>& path,
              std::vector<std::vector<double>>& divergence) const {
    const auto beyond = std::find_if(
        path.begin(), path.end(), [&](const Choice& choice) { return sum(divergence, choice) > operating_; });
    if (beyond == path.begin()) return;
    const Choice centre = *std::prev(beyond);
    for (std::size_t layer = 0; layer < centre.size(); ++layer) {
      Choice careful = centre, small = centre;
      for (auto point = beyond; point != path.begin(); --point) {
        careful[layer] = (*std::prev(point))[layer];
        if (careful[layer] != centre[layer]) break;
      }
      for (auto point = beyond; point != path.end() && small[layer] == centre[layer]; ++point) {
        small[layer] = (*point)[layer];
      }
      const double alone = divergence[layer][small[layer]] - divergence[layer][careful[layer]];
      if (!(alone > 0)) continue;
      const double company = measure(input, small) - measure(input, careful);
      // A factor beyond four either way is noise of a difference of small numbers, not company.
      const double factor = std::clamp(company / alone, 0.25, 4.0);
      for (double& value : divergence[layer]) value *= factor;
    }
  }

  // A path with what was measured of it: how far the sum over layers is from the truth, by size.
  struct Rival {
    PressurePath path;
    std::map<double, double> offsets;  // log bytes -> ln(measured KL of the plan / sum over layers)

    double offset(const PathPoint& point) const { return interpolated(offsets, log_bytes(point)); }
  };

  static double log_bytes(const PathPoint& point) { return std::log(static_cast<double>(point.bytes) + 1); }
  static double log_sum(const std::vector<std::vector<double>>& divergence, const PathPoint& point) {
    return std::log(sum(divergence, point.choice) + 1e-12);
  }

  std::vector<Choice> best_of(const PolicyInput& input, const std::vector<Choice>& own,
                              const std::vector<std::vector<double>>& divergence) const {
    std::vector<Rival> rivals{measure_rival(input, PressurePath(input.candidates, own), divergence)};
    for (const char* name : {"lagrangian", "single_step"}) {
      if (const auto path = rival_path(input, name)) {
        rivals.push_back(measure_rival(input, *path, divergence));
      }
    }
    struct Entry {
      double expected;
      const PathPoint* point;
    };
    std::vector<Entry> entries;
    for (const Rival& rival : rivals) {
      for (const PathPoint& point : rival.path.points()) {
        entries.push_back({log_sum(divergence, point) + rival.offset(point), &point});
      }
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.point->bytes != b.point->bytes ? a.point->bytes < b.point->bytes : a.expected < b.expected;
    });
    // From small to careful, a larger plan must be expected to hurt less than every smaller one.
    std::vector<Choice> kept;
    double least = INFINITY;
    for (const Entry& entry : entries) {
      if (entry.expected >= least) continue;
      least = entry.expected;
      kept.push_back(entry.point->choice);
    }
    std::reverse(kept.begin(), kept.end());
    return kept;
  }

  // Anchors are spread over the range of predicted damage where budgets lie.
  Rival measure_rival(const PolicyInput& input, const PressurePath& path,
                      const std::vector<std::vector<double>>& divergence) const {
    Rival rival{path, {}};
    const auto& points = rival.path.points();
    for (int anchor = 0; anchor < kAnchors; ++anchor) {
      const double wanted = operating_ * std::exp2(2 * (anchor - kAnchors / 2));
      const auto found = std::find_if(points.begin(), points.end(), [&](const PathPoint& point) {
        return sum(divergence, point.choice) >= wanted;
      });
      const PathPoint& point = found == points.end() ? points.back() : *found;
      if (rival.offsets.contains(log_bytes(point))) continue;
      rival.offsets[log_bytes(point)] =
          std::log(measure(input, point.choice) + 1e-12) - log_sum(divergence, point);
    }
    return rival;
  }

  // None when the candidate space or the profile does not serve that policy.
  static std::optional<PressurePath> rival_path(const PolicyInput& input, const char* name) {
    const auto policy = Registry<Policy>::create(name);
    policy->configure(Config::parse("", "oracle"));
    try {
      policy->prepare(input);
    } catch (const ConfigError&) {
      return std::nullopt;
    }
    ensure(policy->path() != nullptr, "oracle: the plans of {} are not known", name);
    return *policy->path();
  }

  int per_layer_ = 16;
  double operating_ = 0.02;
  int rounds_ = 1;
};

const bool registered = Registry<Policy>::add("oracle", "search with measured divergence",
                                              [] { return std::make_unique<Oracle>(); });

}  // namespace

}  // namespace adagrain
