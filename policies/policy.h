// profile + candidates + budget -> plan. A policy sees values only: no codec, no model.
//
// A budget on accuracy cannot be met blindly, so a policy answers a question with one number in it, the
// `pressure`: 0 asks for its most careful plan, 1 for its smallest. Plans must get smaller, in the policy's
// own estimate, as pressure grows. The accuracy monitor finds the largest pressure whose decoded file stays
// within the budget; every policy is searched by the same monitor with the same number of evaluations.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/core/config.h"
#include "framework/core/random.h"
#include "framework/search/policy_input.h"

namespace adagrain {

class PressurePath;

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

  // All plans that some pressure gives, where they are known once prepared (pressure_path.h); else nullptr.
  virtual const PressurePath* path() const { return nullptr; }
};

}  // namespace adagrain
