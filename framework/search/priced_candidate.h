// A candidate measured on one layer's weights, as policies and searches see it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/candidate.h"
#include "framework/profiling/profile.h"

namespace adagrain {

// Exact bytes of the candidate's payload, and what it does to the weights.
struct PricedCandidate {
  Candidate candidate;
  std::uint64_t bytes = 0;
  double squared_error = 0;  // sum over weights of (decoded - original)^2
  double fisher_error = 0;  // predicted loss increase, nats: sum over weights of F * (decoded - original)^2 /
                            // 2, F halfway between the weight's Fisher and the layer's mean; where errors
                            // make up for each other Pricer::compensated_error
  double sparsity = 0;  // share of exact zeros after decoding
  // How the error is aligned; rounding to nearest is not, pruning and coarse levels are, and hurt more than
  // their squared error says.
  double row_error = 0;  // sum over output channels of (sum of the channel's errors)^2: a shift of its output
  double projection = 0;  // sum of error * original: < 0 when weights shrink
};

// [layer in order of the profile][candidate]; sorted by descending bytes.
using CandidateTable = std::vector<std::vector<PricedCandidate>>;

// Whether calibration data was shown. Candidates are then judged by the loss increase that Fisher predicts,
// else by their squared error.
bool has_fisher(const ModelProfile& profile);
bool has_fisher(std::span<const PricedCandidate> candidates);
double judged_error(const PricedCandidate& priced, bool fisher);

// What a move is judged by.
struct LayerPrice {
  std::uint64_t bytes = 0;  // exact payload
  double error = 0;  // predicted loss increase, nats; any scale that is the same for all layers will do
};

// Measures one candidate on one layer's weights (by its weight's name).
using PriceFunction = std::function<LayerPrice(const std::string& layer, const Candidate& candidate)>;

}  // namespace adagrain
