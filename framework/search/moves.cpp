#include "framework/search/moves.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace adagrain {

namespace {

constexpr std::array<std::string_view, 3> kCoarseToFine = {"layer", "feature_map", "block"};
const Candidate kLossless = {"layer", {"ans"}, {}};
constexpr double kQuarterOctave = 1.189207115002721;  // 2^(1/4)
constexpr double kSurvivorGrowth = 1.25;
// Below this share pruning saves nothing worth a rung of its own.
constexpr double kLeastSparsity = 0.05;
constexpr double kLargestSparsity = 0.995;

// What a candidate is decided by; absent parameters have defaults that the ladder need not know.
double value_or(const Candidate& candidate, std::string_view name, double fallback) {
  const auto found = candidate.parameters.find(name);
  return found != candidate.parameters.end() ? found->second : fallback;
}

Candidate with(Candidate candidate, const std::string& name, double value) {
  candidate.parameters[name] = value;
  return candidate;
}

Candidate at_granularity(Candidate candidate, std::string_view granularity) {
  candidate.granularity = granularity;
  if (granularity != "block") {
    candidate.parameters.erase("block_rows");
    candidate.parameters.erase("block_columns");
  }
  // Its trade was chosen for the element's one step.
  if (granularity != "element") candidate.parameters.erase("rate_weight");
  return candidate;
}

std::optional<Candidate> neighbour_granularity(const Candidate& candidate, int direction) {
  if (!candidate.has("quantize")) return std::nullopt;
  const std::string_view granularity = candidate.granularity;
  const std::string_view now = granularity == "element" ? "layer" : granularity;
  const auto* const place = std::find(kCoarseToFine.begin(), kCoarseToFine.end(), now);
  if (place == kCoarseToFine.end()) return std::nullopt;
  const auto next = (place - kCoarseToFine.begin()) + direction;
  if (next < 0 || next >= static_cast<std::ptrdiff_t>(kCoarseToFine.size())) return std::nullopt;
  // A pruning chain has no meaning on the whole layer: its coarsest form decides per weight.
  const bool to_layer = kCoarseToFine[next] == "layer";
  return at_granularity(candidate, to_layer && candidate.has("prune") ? "element" : kCoarseToFine[next]);
}

// More precision for direction +1, less for -1.
std::optional<Candidate> neighbour_precision(const Candidate& candidate, int direction) {
  if (!candidate.has("quantize")) return std::nullopt;
  if (const double step = value_or(candidate, "step", 0); step > 0) {
    return with(candidate, "step", direction > 0 ? step / kQuarterOctave : step * kQuarterOctave);
  }
  const double bits = value_or(candidate, "bits", 8) + direction;
  if (bits < 1 || bits > 8) return std::nullopt;
  return with(candidate, "bits", bits);
}

// Less pruning for direction +1, more for -1.
std::optional<Candidate> neighbour_sparsity(const Candidate& candidate, int direction) {
  if (!candidate.has("prune")) return std::nullopt;
  const double survivors = 1 - value_or(candidate, "sparsity", 0.5);
  const double sparsity = 1 - (direction > 0 ? survivors * kSurvivorGrowth : survivors / kSurvivorGrowth);
  if (sparsity > kLargestSparsity) return std::nullopt;
  if (sparsity >= kLeastSparsity) return with(candidate, "sparsity", sparsity);
  Candidate unpruned = candidate;
  std::erase(unpruned.scheme, "prune");
  unpruned.parameters.erase("sparsity");
  unpruned.parameters.erase("saliency");
  if (unpruned.scheme.empty()) return std::nullopt;
  return unpruned;
}

std::vector<Candidate> rungs(const Candidate& candidate, int direction) {
  std::vector<Candidate> all;
  for (const auto& rung :
       {neighbour_granularity(candidate, direction), neighbour_precision(candidate, direction),
        neighbour_sparsity(candidate, direction)}) {
    if (rung) all.push_back(*rung);
  }
  return all;
}

}  // namespace

std::vector<Candidate> rungs_up(const Candidate& candidate) {
  std::vector<Candidate> all = rungs(candidate, +1);
  const bool lossy = candidate.has("quantize") || candidate.has("prune");
  if (lossy) all.push_back(kLossless);
  return all;
}

std::vector<Candidate> rungs_down(const Candidate& candidate) {
  return rungs(candidate, -1);
}

Plan apply(Plan plan, const Move& move) {
  plan.layers.at(move.layer) = move.after;
  return plan;
}

Plan all_lossless(Plan plan) {
  for (auto& [layer, candidate] : plan.layers) {
    if (candidate.has("quantize") || candidate.has("prune")) candidate = kLossless;
  }
  return plan;
}

std::optional<Move> best_move_up(const Plan& plan, const PriceFunction& price) {
  std::optional<Move> best;
  double best_gain = 0;
  for (const auto& [layer, candidate] : plan.layers) {
    const LayerPrice now = price(layer, candidate);
    for (const Candidate& rung : rungs_up(candidate)) {
      const LayerPrice then = price(layer, rung);
      // A rung that removes error and bytes at once is worth as much as one that costs a single byte.
      const double added = then.bytes > now.bytes ? static_cast<double>(then.bytes - now.bytes) : 1.0;
      const double gain = (now.error - then.error) / added;
      if (gain > best_gain) {
        best_gain = gain;
        best = Move{layer, candidate, rung};
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
    for (const Candidate& rung : rungs_down(candidate)) {
      const LayerPrice then = price(layer, rung);
      if (then.bytes >= now.bytes) continue;
      const double added_error = std::max(then.error - now.error, 1e-12);
      const double gain = static_cast<double>(now.bytes - then.bytes) / added_error;
      if (gain > best_gain) {
        best_gain = gain;
        best = Move{layer, candidate, rung};
      }
    }
  }
  return best;
}

}  // namespace adagrain
