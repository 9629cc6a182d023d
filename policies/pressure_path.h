// A policy's plans in a row, from its most careful one to its smallest: what `pressure` moves along.
//
// Pressure p asks for B0^(1-p) * B1^p bytes, B0 those of the first point and B1 those of the last. So equal
// steps of pressure are equal ratios of size for every policy, plans get smaller as pressure grows by
// construction, and k bisections find a budget's size to within (B0 / B1)^(2^-k).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policies/policy.h"

namespace adagrain {

using Choice = std::vector<std::uint32_t>;  // [layer] -> index into the layer's candidates

struct PathPoint {
  Choice choice;
  std::uint64_t bytes = 0;  // of all layers' payloads
};

class PressurePath {
 public:
  // Drops every point that is not smaller than the one before it.
  PressurePath(const CandidateTable& table, const std::vector<Choice>& from_careful_to_small);

  const std::vector<PathPoint>& points() const { return points_; }
  // The first point within the bytes that this pressure asks for. `pressure` outside 0..1 is an
  // InternalError.
  const PathPoint& at(double pressure) const;

 private:
  std::vector<PathPoint> points_;  // bytes strictly decreasing, at least one
};

std::uint64_t total_bytes(const CandidateTable& table, const Choice& choice);

Plan make_plan(const PolicyInput& input, const Choice& choice);

// Throws InternalError unless there is a row per layer of the profile, and no row is empty.
void check_input(const PolicyInput& input);

// A policy whose plans do not depend on the order of questions: builds its path once per network.
class PathPolicy : public Policy {
 public:
  void prepare(const PolicyInput& input) final;
  Plan plan(const PolicyInput& input, double pressure) final;
  const PressurePath* path() const final { return path_ ? &*path_ : nullptr; }

 protected:
  // From careful to small.
  virtual std::vector<Choice> choices(const PolicyInput& input) = 0;

 private:
  std::optional<PressurePath> path_;  // once prepared
};

}  // namespace adagrain
