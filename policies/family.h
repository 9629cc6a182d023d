// Candidates that differ in parameters alone: one granularity, one scheme.
#pragma once

#include <string>
#include <vector>

#include "policies/pressure_path.h"

namespace adagrain {

// How a family's fineness is said: levels per unit, or one absolute step. Sparsity may come with either.
enum class Knob { bits, step };

struct Family {
  std::string granularity;
  std::vector<std::string> scheme;
  Parameters fixed;  // must be equal in a member, one it leaves open by its default; parameters not named
                     // here are free
  Knob knob = Knob::bits;

  bool contains(const Candidate& candidate) const;
};

std::string to_string(const Family& family);

// Choices of which no other one is at once no larger and no more damaging, from careful to small. Damage is
// the predicted loss increase where Fisher was measured, else the squared error.
std::vector<Choice> undominated(const PolicyInput& input, const std::vector<Choice>& choices);

// Candidates of the family that every layer has with the very same parameters, as whole-network choices, from
// careful to small, undominated. Throws ConfigError when there is none: the experiment's candidate space does
// not hold it.
std::vector<Choice> shared_choices(const PolicyInput& input, const Family& family, const std::string& where);

// For every step s of the table, the choice in which layer l has the step nearest in ratio to s^exponent[l],
// for every setting of the free parameters; from careful to small, undominated. A table holds steps
// within a multiple of each layer's rms (candidate_space.h): outside, the nearest is an end. Throws
// ConfigError when a layer has no step.
std::vector<Choice> step_choices(const PolicyInput& input, const Family& family,
                                 const std::vector<double>& exponents, const std::string& where);

}  // namespace adagrain
