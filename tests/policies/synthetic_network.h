// A network of random layers with candidates priced by an ideal entropy coder: what a policy sees, without a
// codec or a model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policies/policy.h"
#include "policies/training/ledger.h"

namespace adagrain {

struct SyntheticLayer {
  std::int64_t weights = 1000;
  double rms = 0.1;
  double fisher = 1.0;   // of every weight
  double heaviness = 1;  // weights are sign(x) |x|^heaviness, x normal: above 1 peaked with heavy tails
};

struct SyntheticNetwork {
  ModelProfile profile;
  CandidateTable candidates;

  // `evaluate` knows the true damage of a plan: see true_divergence.
  PolicyInput input(std::uint64_t seed = 0) const;

  // Fisher's prediction times a factor that grows with the layer's relative error, as real networks show; KL
  // adds up over layers.
  double true_divergence(std::size_t layer, std::size_t candidate) const;
  double true_divergence(const Plan& plan) const;
  std::uint64_t plan_bytes(const Plan& plan) const;
};

// Element, block (rows of 64), feature_map (16 rows) and layer; ans, quantize, quantize+ans at 1..8 bits,
// absolute steps in quarter octaves at element and layer granularity, prune chains at four sparsities.
SyntheticNetwork make_synthetic_network(const std::vector<SyntheticLayer>& layers, std::uint64_t seed);

// Five layers of mixed size, scale, sensitivity and shape of distribution.
// Made once per seed.
const SyntheticNetwork& mixed_network(std::uint64_t seed = 1);

// Networks of three to six random layers, every candidate that sample_layer picks measured by
// true_divergence.
struct SyntheticDataset {
  std::vector<SyntheticNetwork> networks;
  PolicyDataset dataset;  // a group per network
};
SyntheticDataset make_synthetic_dataset(int networks, std::uint64_t seed);

// A priced candidate of given numbers, for tables made by hand.
PricedCandidate priced(const std::string& granularity, const std::vector<std::string>& scheme,
                       const Parameters& parameters, std::uint64_t bytes, double error);

}  // namespace adagrain
