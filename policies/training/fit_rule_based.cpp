#include "policies/training/fit_rule_based.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/search/candidate_space.h"

namespace adagrain {

namespace {

constexpr int kMostPasses = 4;
constexpr double kLeastGain = 1e-4;

std::vector<double> deciles(std::span<const MeasuredNetwork> networks, double ValueStatistics::*member) {
  std::vector<double> values;
  for (const MeasuredNetwork& network : networks) {
    for (const LayerProfile& layer : network.profile.layers) values.push_back(layer.weights.*member);
  }
  std::sort(values.begin(), values.end());
  std::set<double> points;
  for (int tenth = 0; tenth <= 10; ++tenth)
    points.insert(values[(values.size() - 1) * static_cast<std::size_t>(tenth) / 10]);
  // One beyond each end, so that a branch can take all layers or none.
  points.insert(std::nextafter(values.front(), -INFINITY));
  points.insert(std::nextafter(values.back(), INFINITY));
  return {points.begin(), points.end()};
}

// Every setting of parameters other than bits, step and sparsity that tables hold for a branch's chain. What
// all settings agree on (one block size) is left open, so that the rule also serves a space with another.
std::set<Parameters> fixed_settings(std::span<const MeasuredNetwork> networks, const Family& family) {
  std::set<Parameters> settings;
  for (const MeasuredNetwork& network : networks) {
    for (const auto& row : network.table) {
      for (const PricedCandidate& one : row) {
        if (!family.contains(one.candidate)) continue;
        Parameters rest = one.candidate.parameters;
        for (const char* free : {"bits", "step", "sparsity"}) rest.erase(free);
        settings.insert(rest);
      }
    }
  }
  std::set<Parameters> distinct;
  for (Parameters setting : settings) {
    std::erase_if(setting, [&](const auto& given) {
      return std::all_of(settings.begin(), settings.end(), [&](const Parameters& other) {
        const auto found = other.find(given.first);
        return found != other.end() && found->second == given.second;
      });
    });
    distinct.insert(setting);
  }
  return distinct;
}

// Whether a chain has what the rule's branch is about, as its own words say (rule.h).
bool suits(Branch branch, const Candidate& chain) {
  switch (branch) {
    case Branch::element:
      return entropy_coded(chain);
    case Branch::feature_map:
      return chooses_levels(chain);
    case Branch::block:
      break;
  }
  return prunes(chain);
}

std::vector<BranchParameters> branch_options(std::span<const MeasuredNetwork> networks, Branch branch) {
  std::vector<BranchParameters> options;
  for (const std::string& text : CandidateSpace{}.schemes) {
    const Candidate chain{branch_granularity(branch), parse_scheme(text), {}};
    if (!suits(branch, chain)) continue;
    const std::vector<std::string>& scheme = chain.scheme;
    for (const Knob knob : {Knob::bits, Knob::step}) {
      if (knob == Knob::step && !chooses_levels(chain)) continue;
      for (const Parameters& fixed : fixed_settings(networks, {chain.granularity, scheme, {}, knob})) {
        for (const double sparsity : {-1.0, 0.3, 0.5, 0.7, 0.9}) {
          if (sparsity > 0 && !prunes(chain)) continue;
          for (double offset = -2; offset <= 2; offset += 0.5) {
            if (offset != 0 && !chooses_levels(chain)) continue;
            BranchParameters option{scheme, knob, offset, {}, fixed};
            if (sparsity > 0) option.sparsity = sparsity;
            options.push_back(option);
          }
        }
      }
    }
  }
  return options;
}

class Descent {
 public:
  Descent(std::span<const MeasuredNetwork> networks, const std::function<void()>& on_trial)
      : networks_(networks), on_trial_(on_trial) {}

  RuleFit run() {
    best_.log_regret = INFINITY;
    const std::vector<double> entropies = deciles(networks_, &ValueStatistics::entropy_bits);
    const std::vector<double> sparsities = deciles(networks_, &ValueStatistics::sparsity);
    try_rule(Rule{});
    for (int pass = 0; pass < kMostPasses; ++pass) {
      const double before = best_.log_regret;
      for (const Branch branch : kBranches) {
        for (const BranchParameters& option : branch_options(networks_, branch)) {
          Rule rule = best_.rule;
          rule.branches[static_cast<std::size_t>(branch)] = option;
          try_rule(rule);
        }
      }
      for (double Rule::*threshold : {&Rule::entropy_high, &Rule::entropy_low, &Rule::sparsity_limit}) {
        for (const double value : threshold == &Rule::sparsity_limit ? sparsities : entropies) {
          Rule rule = best_.rule;
          rule.*threshold = value;
          try_rule(rule);
        }
      }
      if (std::isfinite(before) && before - best_.log_regret < kLeastGain) break;
    }
    require<DataError>(std::isfinite(best_.log_regret),
                       "train-policy: no rule of thresholds serves all {} measured networks",
                       networks_.size());
    return best_;
  }

 private:
  void try_rule(const Rule& rule) {
    ++best_.trials;
    on_trial_();
    double sum = 0;
    for (const MeasuredNetwork& network : networks_) {
      try {
        sum += log_regret(network, rule_choices(network.input(), rule, "fit"));
      } catch (const ConfigError&) {
        return;  // a layer without a candidate of its branch
      }
      if (sum >= best_.log_regret * static_cast<double>(networks_.size())) return;
    }
    best_.rule = rule;
    best_.log_regret = sum / static_cast<double>(networks_.size());
  }

  std::span<const MeasuredNetwork> networks_;
  const std::function<void()>& on_trial_;
  RuleFit best_;
};

}  // namespace

RuleFit fit_rule_based(std::span<const MeasuredNetwork> networks, const std::function<void()>& on_trial) {
  require<DataError>(!networks.empty(), "train-policy: no network was measured in every layer");
  return Descent(networks, on_trial).run();
}

}  // namespace adagrain
