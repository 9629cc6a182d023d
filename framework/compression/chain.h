// The parts of a candidate's chain as objects.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "framework/compression/candidate.h"
#include "framework/compression/transforms/transform.h"

namespace adagrain {

struct ChainStep {
  std::string name;
  std::unique_ptr<Transform> transform;
};

// In the chain's order; parts that are no transform are left out.
std::vector<ChainStep> transforms_of(const Candidate& candidate);

// Every registered transform in the order of stages, within a stage of names.
std::vector<ChainStep> all_transforms();

// Whether the word stands for the entropy coder that may end a chain.
bool ends_chain(const std::string& part);

// Throws ConfigError unless the parts stand in the order of their stages, at most one of each, meet each
// other's needs and have a meaning at the granularity, which is registered. `where` opens the text.
void check_chain(const Candidate& candidate, const std::string& where);

// One candidate's move by one of its transforms: the same chain with other parameters, or without the
// transform and its parameters; none where that would leave no chain.
std::optional<Candidate> moved(const Candidate& candidate, const ChainStep& step, const Neighbour& neighbour);

// The candidate at another granularity, without parameters that have no meaning there.
Candidate at_granularity(Candidate candidate, const std::string& granularity);

}  // namespace adagrain
