// The learned policy and its rivals on networks that neither was fitted to: each group of networks in turn is
// left out, everything is trained on the others, and the plans are compared on the group's measured
// candidates.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "policies/rule.h"
#include "policies/training/measured_network.h"
#include "policies/training/train_learned.h"

namespace adagrain {

struct HeldOutNetwork {
  std::string id, group;
  PredictionQuality quality;
  // Against the oracle's plan at the middle budget, over layers.
  double same_granularity = 0, same_scheme = 0, same_candidate = 0;  // shares, 0..1
  // Policy -> bytes against the oracle's at equal measured divergence, minus one; mean over the budgets.
  // Policies that the measured candidates do not serve are absent.
  std::map<std::string, double> regret;
};

struct HeldOutGroup {
  std::string group;
  DamageModel model;  // trained without the group
  Rule rule;          // fitted without it
  std::vector<HeldOutNetwork> networks;
};

// Throws DataError with fewer than two groups. `on_group` is called after each.
std::vector<HeldOutGroup> judge_held_out(const PolicyDataset& dataset, const LearnedTraining& training,
                                         const std::function<void(const std::string& group)>& on_group);

}  // namespace adagrain
