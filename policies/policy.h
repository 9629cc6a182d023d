// profile + candidates + budget -> plan. A policy sees values only: no codec, no model.
//
// A budget on accuracy cannot be met blindly, so a policy answers a question with one number in it, the
// `pressure`: 0 asks for its most careful plan, 1 for its smallest. Plans must get smaller, in the policy's
// own estimate, as pressure grows. The accuracy monitor finds the largest pressure whose decoded file stays
// within the budget; every policy is searched by the same monitor with the same number of evaluations.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/core/config.h"
#include "framework/core/random.h"
#include "framework/profiling/profile.h"

namespace adagrain {

// A candidate measured on one layer's weights: exact bytes of its payload, and what it does to the weights.
struct PricedCandidate {
  Candidate candidate;
  std::uint64_t bytes = 0;
  double squared_error = 0;  // sum over weights of (decoded - original)^2
  double fisher_error =
      0;  // predicted loss increase, nats: sum over weights of F * (decoded - original)^2 / 2, F halfway
          // between the weight's Fisher and the layer's mean; with compensation Pricer::compensated_error
  double sparsity = 0;  // share of exact zeros after decoding
  // How the error is aligned; rounding to nearest is not, pruning and coarse levels are, and hurt more than
  // their squared error says.
  double row_error = 0;  // sum over output channels of (sum of the channel's errors)^2: a shift of its output
  double projection = 0;  // sum of error * original: < 0 when weights shrink
};

// [layer in order of the profile][candidate]; sorted by descending bytes.
using CandidateTable = std::vector<std::vector<PricedCandidate>>;

struct Outcome;  // framework/search/outcome.h

struct PolicyInput {
  const ModelProfile& profile;
  const CandidateTable& candidates;
  // Measures a plan for real on validation data: encode, write, decode, evaluate. Costly and counted; only
  // policies that search (oracle) call it.
  std::function<Outcome(const Plan&)> evaluate;
  std::uint64_t seed = 0;
};

class Policy {
 public:
  static constexpr const char* kind = "policy";
  virtual ~Policy() = default;

  // Reads its own keys; called once before anything else. Throws ConfigError.
  virtual void configure(const Config& config) = 0;

  // The files that its plans for a network of this name depend on, beside its keys; after configure().
  virtual std::vector<std::filesystem::path> files(const std::string& /*model*/) const { return {}; }

  // Called once per network before the first plan(); costly preparation goes here.
  virtual void prepare(const PolicyInput& input) = 0;

  // `pressure` in [0, 1]. Deterministic.
  virtual Plan plan(const PolicyInput& input, double pressure) = 0;
};

}  // namespace adagrain
