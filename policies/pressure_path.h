// A policy's plans in a row, from its most careful one to its smallest: what `pressure` moves along.
//
// Pressure p asks for B0^(1-p) * B1^p bytes, B0 those of the first rung and B1 those of the last. So equal
// steps of pressure are equal ratios of size for every policy, plans get smaller as pressure grows by
// construction, and k bisections find a budget's size to within (B0 / B1)^(2^-k).
#pragma once

#include <cstdint>
#include <vector>

#include "policies/policy.h"

namespace adagrain {

using Choice = std::vector<std::uint32_t>;  // [layer] -> index into the layer's candidates

struct Rung {
  Choice choice;
  std::uint64_t bytes = 0;  // of all layers' payloads
};

class Ladder {
 public:
  // Drops every rung that is not smaller than the one before it.
  Ladder(const CandidateTable& table, const std::vector<Choice>& from_careful_to_small);

  const std::vector<Rung>& rungs() const { return rungs_; }
  // The first rung within the bytes that this pressure asks for. `pressure` outside 0..1 is an InternalError.
  const Rung& at(double pressure) const;

 private:
  std::vector<Rung> rungs_;  // bytes strictly decreasing, at least one
};

std::uint64_t total_bytes(const CandidateTable& table, const Choice& choice);

Plan make_plan(const PolicyInput& input, const Choice& choice);

// Throws InternalError unless there is a row per layer of the profile, and no row is empty.
void check_input(const PolicyInput& input);

// A policy whose plans do not depend on the order of questions: builds its ladder once per network.
class LadderPolicy : public Policy {
 public:
  void prepare(const PolicyInput& input) final;
  Plan plan(const PolicyInput& input, double pressure) final;
  // Every plan that some pressure gives, from careful to small; after prepare().
  const Ladder& ladder() const;

 protected:
  virtual std::vector<Choice> choices(const PolicyInput& input) = 0;

 private:
  std::vector<Ladder> ladder_;  // one, once prepared
};

}  // namespace adagrain
