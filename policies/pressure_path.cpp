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

Ladder::Ladder(const CandidateTable& table, const std::vector<Choice>& from_careful_to_small) {
  ensure(!from_careful_to_small.empty(), "policy: no plan to climb on");
  for (const Choice& choice : from_careful_to_small) {
    const std::uint64_t bytes = total_bytes(table, choice);
    if (rungs_.empty() || bytes < rungs_.back().bytes) rungs_.push_back({choice, bytes});
  }
}

const Rung& Ladder::at(double pressure) const {
  ensure(pressure >= 0 && pressure <= 1, "policy: pressure is {}; allowed 0..1", pressure);
  const auto logarithm = [](std::uint64_t bytes) { return std::log(static_cast<double>(bytes) + 1.0); };
  const double first = logarithm(rungs_.front().bytes);
  const double last = logarithm(rungs_.back().bytes);
  // The tolerance lets pressure 0 and 1 reach the first and last rung through the rounding of the logarithm.
  const double allowed = first + pressure * (last - first) + 1e-9;
  const auto found = std::find_if(rungs_.begin(), rungs_.end(),
                                  [&](const Rung& rung) { return logarithm(rung.bytes) <= allowed; });
  return found == rungs_.end() ? rungs_.back() : *found;
}

void LadderPolicy::prepare(const PolicyInput& input) {
  check_input(input);
  ladder_.assign(1, Ladder(input.candidates, choices(input)));
}

const Ladder& LadderPolicy::ladder() const {
  ensure(!ladder_.empty(), "policy: asked before prepare()");
  return ladder_.front();
}

Plan LadderPolicy::plan(const PolicyInput& input, double pressure) {
  return make_plan(input, ladder().at(pressure).choice);
}

}  // namespace adagrain
