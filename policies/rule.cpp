#include "policies/rule.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/core/strict_json.h"

namespace adagrain {

namespace {

using Json = nlohmann::json;

constexpr int kDepths = 29;  // quarter bits
constexpr double kMostBits = 8, kLeastBits = 1;
constexpr double kLeastSparsity = 0.3, kMostSparsity = 0.95;

// How far a candidate is from what a branch asks for, each parameter relative to its whole range.
double distance(const Parameters& parameters, const BranchParameters& branch, double bits, double sparsity) {
  double sum = 0;
  if (const auto found = parameters.find("bits"); found != parameters.end() && branch.knob == Knob::bits) {
    sum += std::abs(found->second - bits) / (kMostBits - kLeastBits);
  }
  if (const auto found = parameters.find("step"); found != parameters.end()) {
    sum += std::abs(-std::log2(found->second) - bits) / (kMostBits - kLeastBits);
  }
  if (const auto found = parameters.find("sparsity"); found != parameters.end()) {
    sum += std::abs(found->second - sparsity) / (kMostSparsity - kLeastSparsity);
  }
  return sum;
}

}  // namespace

const char* branch_granularity(Branch branch) {
  switch (branch) {
    case Branch::element:
      return "element";
    case Branch::feature_map:
      return "feature_map";
    case Branch::block:
      break;
  }
  return "block";
}

Branch branch_of(const Rule& rule, const LayerProfile& profile) {
  const ValueStatistics& weights = profile.weights;
  if (weights.entropy_bits > rule.entropy_high && weights.sparsity < rule.sparsity_limit)
    return Branch::element;
  if (weights.entropy_bits < rule.entropy_low) return Branch::feature_map;
  return Branch::block;
}

std::vector<Choice> rule_choices(const PolicyInput& input, const Rule& rule, const std::string& where) {
  std::vector<std::vector<std::uint32_t>> members;  // [layer] -> candidates of its branch's family
  std::vector<const BranchParameters*> branches;    // [layer]
  for (std::size_t layer = 0; layer < input.candidates.size(); ++layer) {
    const LayerProfile& profile = input.profile.layers[layer];
    const Branch branch = branch_of(rule, profile);
    branches.push_back(&rule.parameters(branch));
    const BranchParameters& asked = *branches.back();
    const Family family{branch_granularity(branch), asked.scheme, asked.fixed, asked.knob};
    auto& found = members.emplace_back();
    for (std::uint32_t index = 0; index < input.candidates[layer].size(); ++index) {
      if (family.contains(input.candidates[layer][index].candidate)) found.push_back(index);
    }
    require<ConfigError>(!found.empty(), "{}: layer '{}' has no candidate {}; add it to the candidate space",
                         where, profile.layer.weight_name, to_string(family));
  }
  std::vector<Choice> choices;
  for (int depth = 0; depth < kDepths; ++depth) {
    const double t = depth / (kDepths - 1.0);
    Choice& choice = choices.emplace_back();
    for (std::size_t layer = 0; layer < members.size(); ++layer) {
      const BranchParameters& branch = *branches[layer];
      const double bits = kMostBits + t * (kLeastBits - kMostBits) + branch.offset;
      const double sparsity = branch.sparsity.value_or(kLeastSparsity + t * (kMostSparsity - kLeastSparsity));
      choice.push_back(*std::min_element(members[layer].begin(), members[layer].end(), [&](auto a, auto b) {
        const auto far = [&](auto index) {
          const Parameters& parameters = input.candidates[layer][index].candidate.parameters;
          return std::pair(distance(parameters, branch, bits, sparsity), parameters.size());
        };
        return far(a) < far(b);
      }));
    }
  }
  return choices;
}

std::string to_json(const Rule& rule) {
  Json branches = Json::object();
  for (const Branch branch : kBranches) {
    const BranchParameters& parameters = rule.parameters(branch);
    Json entry = {{"scheme", parameters.scheme},
                  {"knob", parameters.knob == Knob::step ? "step" : "bits"},
                  {"offset_bits", parameters.offset}};
    if (parameters.sparsity) entry["sparsity"] = *parameters.sparsity;
    if (!parameters.fixed.empty()) entry["fixed"] = parameters.fixed;
    branches[branch_granularity(branch)] = entry;
  }
  const Json json = {{"entropy_high_bits", rule.entropy_high},
                     {"entropy_low_bits", rule.entropy_low},
                     {"sparsity_limit", rule.sparsity_limit},
                     {"branches", branches}};
  return json.dump(2) + "\n";
}

Rule parse_rule(const std::string& text, const std::string& where) {
  const Json json = parse_json<DataError>(text, where, "a fitted rule", 16);
  try {
    Rule rule;
    rule.entropy_high = json.at("entropy_high_bits").get<double>();
    rule.entropy_low = json.at("entropy_low_bits").get<double>();
    rule.sparsity_limit = json.at("sparsity_limit").get<double>();
    for (const Branch branch : kBranches) {
      const Json& entry = json.at("branches").at(branch_granularity(branch));
      BranchParameters parameters;
      parameters.scheme = entry.at("scheme").get<std::vector<std::string>>();
      const auto knob = entry.at("knob").get<std::string>();
      require<DataError>(knob == "step" || knob == "bits", "{}: knob is '{}'; allowed: bits, step", where,
                         knob);
      parameters.knob = knob == "step" ? Knob::step : Knob::bits;
      parameters.offset = entry.at("offset_bits").get<double>();
      if (entry.contains("sparsity")) parameters.sparsity = entry.at("sparsity").get<double>();
      if (entry.contains("fixed")) {
        for (const auto& [name, value] : entry.at("fixed").items())
          parameters.fixed[name] = value.get<double>();
      }
      rule.branches[static_cast<std::size_t>(branch)] = parameters;
    }
    return rule;
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("{}: not a fitted rule: {}", where, json_reason(error)));
  }
}

}  // namespace adagrain
