#include "policies/pressure_path.h"

#include <algorithm>
#include <cmath>

namespace adagrain {

std::uint64_t total_bytes(const CandidateTable& table, const Choice& choice) {
  std::uint64_t bytes = 0;
  for (std::size_t layer = 0; layer < table.size(); ++layer) bytes += table[layer].at(choice.at(layer)).bytes;
  return bytes;
}

Plan make_plan(const PolicyInput& input, const Choice& choice) {
  Plan plan;
  for (std::size_t layer = 0; layer < choice.size(); ++layer) {
    const std::string& name = input.profile.layers.at(layer).layer.weight_name;
    plan.layers[name] = input.candidates.at(layer).at(choice[layer]).candidate;
  }
  return plan;
}

void check_input(const PolicyInput& input) {
  ensure(!input.candidates.empty() && input.candidates.size() == input.profile.layers.size(),
         "policy: {} rows of candidates for {} layers", input.candidates.size(), input.profile.layers.size());
  for (std::size_t layer = 0; layer < input.candidates.size(); ++layer) {
    ensure(!input.candidates[layer].empty(), "policy: layer '{}' has no candidates",
           input.profile.layers[layer].layer.weight_name);
  }
}

PressurePath::PressurePath(const CandidateTable& table, const std::vector<Choice>& from_careful_to_small) {
  ensure(!from_careful_to_small.empty(), "policy: no plan to go along");
  for (const Choice& choice : from_careful_to_small) {
    const std::uint64_t bytes = total_bytes(table, choice);
    if (points_.empty() || bytes < points_.back().bytes) points_.push_back({choice, bytes});
  }
}

const PathPoint& PressurePath::at(double pressure) const {
  ensure(pressure >= 0 && pressure <= 1, "policy: pressure is {}; allowed 0..1", pressure);
  const auto logarithm = [](std::uint64_t bytes) { return std::log(static_cast<double>(bytes) + 1.0); };
  const double first = logarithm(points_.front().bytes);
  const double last = logarithm(points_.back().bytes);
  // The tolerance lets pressure 0 and 1 reach the first and last point through the rounding of the logarithm.
  const double allowed = first + pressure * (last - first) + 1e-9;
  const auto found = std::find_if(points_.begin(), points_.end(),
                                  [&](const PathPoint& point) { return logarithm(point.bytes) <= allowed; });
  return found == points_.end() ? points_.back() : *found;
}

void PathPolicy::prepare(const PolicyInput& input) {
  check_input(input);
  path_.emplace(input.candidates, choices(input));
}

Plan PathPolicy::plan(const PolicyInput& input, double pressure) {
  ensure(path_.has_value(), "policy: asked before prepare()");
  return make_plan(input, path_->at(pressure).choice);
}

}  // namespace adagrain
