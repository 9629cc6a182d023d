#include "framework/search/moves.h"

#include <algorithm>
#include <utility>

#include "framework/compression/chain.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

// The nearest granularity whose units have finer steps, or coarser ones, and at which the chain has a
// meaning. Where two are as near (layer and element share one step), the one with the smaller id.
std::optional<Candidate> neighbour_granularity(const Candidate& candidate, Direction direction) {
  // Without levels there are no steps, and a granularity says only what is pruned together.
  if (!chooses_levels(candidate)) return std::nullopt;
  const std::optional<int> here = Registry<Granularity>::create(candidate.granularity)->fineness();
  if (!here) return std::nullopt;
  std::optional<std::pair<int, std::uint8_t>> nearest;  // distance, then id
  std::string found;
  for (const std::string& name : Registry<Granularity>::names()) {
    const auto granularity = Registry<Granularity>::create(name);
    const std::optional<int> there = granularity->fineness();
    if (!there || !fits_granularity({name, candidate.scheme, {}})) continue;
    const int distance = direction == Direction::finer ? *there - *here : *here - *there;
    const std::pair place(distance, granularity->id());
    if (distance <= 0 || (nearest && *nearest <= place)) continue;
    nearest = place;
    found = name;
  }
  if (!nearest) return std::nullopt;
  return at_granularity(candidate, found);
}

std::vector<Candidate> moves(const Candidate& candidate, Direction direction) {
  std::vector<Candidate> all;
  if (const auto next = neighbour_granularity(candidate, direction)) all.push_back(*next);
  std::vector<ChainStep> steps = transforms_of(candidate);
  std::reverse(steps.begin(), steps.end());  // precision before sparsity
  for (const ChainStep& step : steps) {
    for (const Neighbour& neighbour : step.transform->neighbours(candidate.parameters, direction)) {
      if (const auto next = moved(candidate, step, neighbour)) all.push_back(*next);
    }
  }
  return all;
}

}  // namespace

std::vector<Candidate> moves_up(const Candidate& candidate) {
  std::vector<Candidate> all = moves(candidate, Direction::finer);
  if (loses(candidate)) all.push_back(lossless_candidate());
  return all;
}

std::vector<Candidate> moves_down(const Candidate& candidate) {
  return moves(candidate, Direction::coarser);
}

Plan apply(Plan plan, const Move& move) {
  plan.layers.at(move.layer) = move.after;
  return plan;
}

Plan all_lossless(Plan plan) {
  for (auto& [layer, candidate] : plan.layers) {
    if (loses(candidate)) candidate = lossless_candidate();
  }
  return plan;
}

std::optional<Move> best_move_up(const Plan& plan, const PriceFunction& price) {
  std::optional<Move> best;
  double best_gain = 0;
  for (const auto& [layer, candidate] : plan.layers) {
    const LayerPrice now = price(layer, candidate);
    for (const Candidate& next : moves_up(candidate)) {
      const LayerPrice then = price(layer, next);
      // A move that removes error and bytes at once is worth as much as one that costs a single byte.
      const double added = then.bytes > now.bytes ? static_cast<double>(then.bytes - now.bytes) : 1.0;
      const double gain = (now.error - then.error) / added;
      if (gain > best_gain) {
        best_gain = gain;
        best = Move{layer, candidate, next};
      }
    }
  }
  return best;
}

std::optional<Move> best_move_down(const Plan& plan, const PriceFunction& price,
                                   const std::set<std::string>& locked) {
  std::optional<Move> best;
  double best_gain = 0;
  for (const auto& [layer, candidate] : plan.layers) {
    if (locked.contains(layer)) continue;
    const LayerPrice now = price(layer, candidate);
    for (const Candidate& next : moves_down(candidate)) {
      const LayerPrice then = price(layer, next);
      if (then.bytes >= now.bytes) continue;
      const double added_error = std::max(then.error - now.error, 1e-12);
      const double gain = static_cast<double>(now.bytes - then.bytes) / added_error;
      if (gain > best_gain) {
        best_gain = gain;
        best = Move{layer, candidate, next};
      }
    }
  }
  return best;
}

}  // namespace adagrain
