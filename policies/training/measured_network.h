// A network as far as the ledger has measured it: the ground that policies are compared on without running
// it.
#pragma once

#include <span>
#include <vector>

#include "policies/pressure_path.h"
#include "policies/training/ledger.h"

namespace adagrain {

struct MeasuredNetwork {
  std::string id, group;
  ModelProfile profile;
  CandidateTable table;                         // measured candidates only
  std::vector<std::vector<double>> divergence;  // [layer][candidate], of that layer alone, nats
  std::vector<double> oracle_log_bytes;         // [budget], of oracle_choices

  PolicyInput input(std::uint64_t seed = 0) const { return {profile, table, {}, seed}; }
  // Summed over layers: additive within a few per cent on real networks.
  double total_divergence(const Choice& choice) const;
};

// Networks with a layer that was not measured at all are left out.
std::vector<MeasuredNetwork> measured_networks(const PolicyDataset& dataset);

// Equal slopes on measured divergence: no policy does better on these candidates, but for the gaps between
// vertices.
std::vector<Choice> oracle_choices(const MeasuredNetwork& network);

// The plan of a path that a perfect accuracy monitor would end at: the smallest within `divergence`; the
// path's least damaging one when none is.
const Choice& choice_within(const MeasuredNetwork& network, const std::vector<Choice>& path,
                            double divergence);

// Its bytes. Without a plan within `divergence`: those of the lossless network, which a monitor would fall
// back to.
double bytes_within(const MeasuredNetwork& network, const std::vector<Choice>& path, double divergence);

// Where budgets lie, nats, about 0.1 to 2 points of accuracy: a third of an octave apart, because a path's
// points favour now one policy and now another.
std::span<const double> budgets();

// Mean over the budgets of ln(bytes of the path / bytes of the oracle).
double log_regret(const MeasuredNetwork& network, const std::vector<Choice>& path);

// The plans of a registered policy that reads a profile and a table only. Throws ConfigError when the
// measured candidates do not serve it.
std::vector<Choice> policy_choices(const MeasuredNetwork& network, Policy& policy);

}  // namespace adagrain
