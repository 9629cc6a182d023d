// What a policy is told of a network: values only, no codec, no model.
#pragma once

#include <cstdint>
#include <functional>

#include "framework/compression/plan.h"
#include "framework/search/outcome.h"
#include "framework/search/priced_candidate.h"

namespace adagrain {

struct PolicyInput {
  const ModelProfile& profile;
  const CandidateTable& candidates;
  // Measures a plan for real on validation data: encode, write, decode, evaluate. Costly and counted; only
  // policies that search (oracle) call it.
  std::function<Outcome(const Plan&)> evaluate;
  std::uint64_t seed = 0;
};

}  // namespace adagrain
