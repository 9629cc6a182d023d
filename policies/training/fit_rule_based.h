// Fits the rule's thresholds, chains and offsets to measured networks: the tuned rule_based is given the data
// that the learned policy is given.
#pragma once

#include <functional>
#include <span>

#include "policies/rule.h"
#include "policies/training/measured_network.h"

namespace adagrain {

struct RuleFit {
  Rule rule;
  double log_regret = 0;  // mean over the networks, see measured_network.h
  int trials = 0;         // rules compared
};

// Coordinate descent on the mean regret: thresholds over the deciles of the layers' entropy and sparsity; for
// each branch every chain that keeps the branch's own word (ANS, quantisation, pruning), bits or step,
// sparsity and offset in half bits. Chains that some layer's table lacks are passed over. Deterministic.
// Throws DataError without networks, or when no rule serves all of them.
RuleFit fit_rule_based(std::span<const MeasuredNetwork> networks, const std::function<void()>& on_trial);

}  // namespace adagrain
