#include "policies/family.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace adagrain {

bool Family::contains(const Candidate& candidate) const {
  if (candidate.granularity != granularity || candidate.scheme != scheme) return false;
  if (chooses_levels(candidate) && candidate.parameters.contains("step") != (knob == Knob::step))
    return false;
  return std::all_of(fixed.begin(), fixed.end(),
                     [&](const auto& given) { return parameter_of(candidate, given.first) == given.second; });
}

std::string to_string(const Family& family) {
  std::string text = fmt::format("{}/{}", family.granularity, fmt::join(family.scheme, "+"));
  for (const auto& [name, value] : family.fixed) text += fmt::format(" {}={}", name, value);
  return text;
}

std::vector<Choice> undominated(const PolicyInput& input, const std::vector<Choice>& choices) {
  const bool fisher = has_fisher(input.profile);
  struct Option {
    std::uint64_t bytes;
    double damage;
    const Choice* choice;
  };
  std::vector<Option> options;
  for (const Choice& choice : choices) {
    Option option{total_bytes(input.candidates, choice), 0.0, &choice};
    for (std::size_t layer = 0; layer < choice.size(); ++layer) {
      option.damage += judged_error(input.candidates[layer][choice[layer]], fisher);
    }
    options.push_back(option);
  }
  std::stable_sort(options.begin(), options.end(), [](const Option& a, const Option& b) {
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.damage < b.damage;
  });
  std::vector<Choice> kept;
  double least = INFINITY;
  for (const Option& option : options) {
    if (option.damage >= least) continue;
    least = option.damage;
    kept.push_back(*option.choice);
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

std::vector<Choice> shared_choices(const PolicyInput& input, const Family& family, const std::string& where) {
  std::map<Candidate, Choice> members;
  for (std::size_t layer = 0; layer < input.candidates.size(); ++layer) {
    for (std::uint32_t index = 0; index < input.candidates[layer].size(); ++index) {
      const Candidate& candidate = input.candidates[layer][index].candidate;
      if (!family.contains(candidate)) continue;
      Choice& choice = members[candidate];
      if (choice.size() == layer) choice.push_back(index);
    }
  }
  std::vector<Choice> choices;
  for (const auto& [candidate, choice] : members) {
    if (choice.size() == input.candidates.size()) choices.push_back(choice);
  }
  require<ConfigError>(!choices.empty(),
                       "{}: no candidate {} is shared by all layers of '{}'; add it to the candidate space",
                       where, to_string(family), input.profile.model);
  return undominated(input, choices);
}

namespace {

// The family's members in one layer by their parameters other than the step.
using StepGroups = std::map<Parameters, std::vector<std::uint32_t>>;

StepGroups step_groups(const std::vector<PricedCandidate>& candidates, const Family& family) {
  StepGroups groups;
  for (std::uint32_t index = 0; index < candidates.size(); ++index) {
    if (!family.contains(candidates[index].candidate)) continue;
    Parameters rest = candidates[index].candidate.parameters;
    rest.erase("step");
    groups[rest].push_back(index);
  }
  return groups;
}

}  // namespace

std::vector<Choice> step_choices(const PolicyInput& input, const Family& family,
                                 const std::vector<double>& exponents, const std::string& where) {
  ensure(family.knob == Knob::step && exponents.size() == input.candidates.size(),
         "policy: no step to choose by");
  const auto log_step = [&](std::size_t layer, std::uint32_t index) {
    return std::log2(input.candidates[layer][index].candidate.parameters.at("step"));
  };
  std::vector<StepGroups> groups;
  std::set<Parameters> settings;
  std::set<double> log_steps;
  for (std::size_t layer = 0; layer < input.candidates.size(); ++layer) {
    groups.push_back(step_groups(input.candidates[layer], family));
    for (const auto& [rest, members] : groups.back()) {
      settings.insert(rest);
      for (const std::uint32_t index : members) log_steps.insert(log_step(layer, index));
    }
    require<ConfigError>(!groups.back().empty(), "{}: layer '{}' has no candidate {} with a step", where,
                         input.profile.layers[layer].layer.weight_name, to_string(family));
  }
  std::vector<Choice> choices;
  for (const Parameters& setting : settings) {
    for (const double asked : log_steps) {
      Choice choice;
      for (std::size_t layer = 0; layer < groups.size(); ++layer) {
        const auto found = groups[layer].find(setting);
        if (found == groups[layer].end()) break;
        const auto distance = [&](std::uint32_t index) {
          return std::abs(log_step(layer, index) - asked * exponents[layer]);
        };
        choice.push_back(*std::min_element(found->second.begin(), found->second.end(),
                                           [&](auto a, auto b) { return distance(a) < distance(b); }));
      }
      if (choice.size() == groups.size()) choices.push_back(std::move(choice));
    }
  }
  require<ConfigError>(!choices.empty(), "{}: the layers of '{}' share no setting of {}", where,
                       input.profile.model, to_string(family));
  return undominated(input, choices);
}

}  // namespace adagrain
