#include <algorithm>
#include <cmath>
#include <set>

#include "policies/promising.h"
#include "policies/training/ledger.h"

namespace adagrain {

namespace {

constexpr double kNoDamage = 1e-6;
constexpr double kWildDamage = 5;

bool is_step(const Candidate& candidate, bool rate_weighted) {
  const auto step = candidate.parameters.find("step");
  if (candidate.granularity != "element" || candidate.scheme != std::vector<std::string>{"quantize", "ans"} ||
      step == candidate.parameters.end() || candidate.parameters.contains("rate_weight") != rate_weighted) {
    return false;
  }
  // Rate-weighted ones lie close to the plain ones: every other is enough.
  const double half_octaves = 2 * std::log2(step->second);
  return !rate_weighted || std::abs(half_octaves - std::round(half_octaves)) < 1e-6;
}

bool is_plain_bits(const Candidate& candidate) {
  static const std::set<double> levels = {2, 3, 4, 6};
  const auto bits = candidate.parameters.find("bits");
  return candidate.scheme == std::vector<std::string>{"quantize", "ans"} &&
         bits != candidate.parameters.end() && !candidate.parameters.contains("rate_weight") &&
         levels.contains(bits->second);
}

bool is_pruned_block(const Candidate& candidate) {
  static const std::set<double> levels = {3, 4, 6};
  const auto bits = candidate.parameters.find("bits"), sparsity = candidate.parameters.find("sparsity");
  return candidate.granularity == "block" && bits != candidate.parameters.end() &&
         candidate.scheme == std::vector<std::string>{"prune", "quantize", "ans"} &&
         levels.contains(bits->second) && sparsity != candidate.parameters.end() && sparsity->second <= 0.8;
}

}  // namespace

std::vector<std::uint32_t> sample_layer(const std::vector<PricedCandidate>& candidates, std::size_t limit,
                                        std::uint64_t seed, const std::string& stream) {
  const std::vector<std::uint32_t> group = same_weights(candidates);
  std::vector<std::uint32_t> usable;
  for (std::uint32_t index = 0; index < candidates.size(); ++index) {
    const PricedCandidate& one = candidates[index];
    if (one.fisher_error >= kNoDamage && one.fisher_error <= kWildDamage) usable.push_back(index);
  }
  std::set<std::uint32_t> groups;
  std::vector<std::uint32_t> picked;
  // The rule of thresholds is fitted over whole families: whatever their damage and whatever the limit, every
  // layer has every one of these.
  for (std::uint32_t index = 0; index < candidates.size(); ++index) {
    const Candidate& candidate = candidates[index].candidate;
    if (is_plain_bits(candidate) || is_pruned_block(candidate)) {
      if (groups.insert(group[index]).second) picked.push_back(index);
    }
  }
  const auto pick = [&](std::uint32_t index) {
    if (picked.size() < limit && groups.insert(group[index]).second) picked.push_back(index);
  };
  for (const bool rate_weighted : {false, true}) {
    for (const std::uint32_t index : usable) {
      if (is_step(candidates[index].candidate, rate_weighted)) pick(index);
    }
  }
  const std::vector<std::uint32_t> promising =
      promising_candidates(candidates, std::max<std::size_t>(1, limit / 4));
  for (const std::uint32_t index : promising) {
    if (std::binary_search(usable.begin(), usable.end(), index)) pick(index);
  }
  RandomStream random(seed, stream);
  random.shuffle(std::span(usable));
  for (const std::uint32_t index : usable) pick(index);
  return picked;
}

}  // namespace adagrain
