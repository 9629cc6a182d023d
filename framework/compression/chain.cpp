#include "framework/compression/chain.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

// The coders that may follow transforms: the word of the family whose members the encoder chooses among.
constexpr std::string_view kEntropyCoder = "ans";

template <typename Property>
bool any_transform(const Candidate& candidate, const Property& property) {
  const std::vector<ChainStep> steps = transforms_of(candidate);
  return std::any_of(steps.begin(), steps.end(),
                     [&](const ChainStep& step) { return property(*step.transform); });
}

// "prune, quantize or ternary, compensate, ans"
std::string order_text() {
  std::string text;
  std::optional<Stage> last;
  for (const ChainStep& step : all_transforms()) {
    const bool alternative = last == step.transform->stage();
    text += fmt::format("{}{}", text.empty() ? "" : alternative ? " or " : ", ", step.name);
    last = step.transform->stage();
  }
  return fmt::format("{}, {}", text, kEntropyCoder);
}

std::vector<std::string> prunable_granularities() {
  std::vector<std::string> names = Registry<Granularity>::names();
  std::erase_if(names,
                [](const std::string& name) { return !Registry<Granularity>::create(name)->may_prune(); });
  return names;
}

std::vector<std::string> level_transforms() {
  std::vector<std::string> names;
  for (const ChainStep& step : all_transforms()) {
    if (step.transform->trace() == Trace::levels) names.push_back(step.name);
  }
  return names;
}

void check_order(const Candidate& candidate, const std::string& where) {
  bool ordered = !candidate.scheme.empty();
  std::optional<Stage> last;
  for (std::size_t i = 0; i < candidate.scheme.size(); ++i) {
    const std::string& part = candidate.scheme[i];
    if (ends_chain(part)) {
      ordered = ordered && i + 1 == candidate.scheme.size();
    } else if (Registry<Transform>::contains(part)) {
      const Stage stage = Registry<Transform>::create(part)->stage();
      ordered = ordered && (!last || *last < stage);
      last = stage;
    } else {
      ordered = false;
    }
  }
  require<ConfigError>(ordered, "{}: scheme '{}'; allowed, in this order and one at least: {}", where,
                       scheme_text(candidate), order_text());
}

}  // namespace

std::vector<ChainStep> transforms_of(const Candidate& candidate) {
  std::vector<ChainStep> steps;
  for (const std::string& part : candidate.scheme) {
    if (Registry<Transform>::contains(part)) steps.push_back({part, Registry<Transform>::create(part)});
  }
  return steps;
}

std::vector<ChainStep> all_transforms() {
  std::vector<ChainStep> steps;
  for (const std::string& name : Registry<Transform>::names())
    steps.push_back({name, Registry<Transform>::create(name)});
  std::stable_sort(steps.begin(), steps.end(), [](const ChainStep& left, const ChainStep& right) {
    return left.transform->stage() < right.transform->stage();
  });
  return steps;
}

bool ends_chain(const std::string& part) {
  return part == kEntropyCoder;
}

void check_chain(const Candidate& candidate, const std::string& where) {
  check_order(candidate, where);
  bool levels = false;
  for (const ChainStep& step : transforms_of(candidate)) {
    require<ConfigError>(!step.transform->needs(candidate.parameters).levels || levels,
                         "{}: {} chooses levels anew, of which scheme '{}' has none; before it: {}", where,
                         step.name, scheme_text(candidate), fmt::join(level_transforms(), " or "));
    levels = levels || step.transform->trace() == Trace::levels;
  }
  require<ConfigError>(fits_granularity(candidate),
                       "{}: pruning at granularity '{}' could only delete the layer; allowed: {}", where,
                       candidate.granularity, fmt::join(prunable_granularities(), ", "));
}

std::optional<Candidate> moved(const Candidate& candidate, const ChainStep& step,
                               const Neighbour& neighbour) {
  Candidate next = candidate;
  next.parameters = neighbour.parameters;
  if (!neighbour.dropped) return next;
  std::erase(next.scheme, step.name);
  for (const ParameterSpec& spec : step.transform->parameters()) {
    if (const auto found = next.parameters.find(spec.name); found != next.parameters.end())
      next.parameters.erase(found);
  }
  if (next.scheme.empty()) return std::nullopt;
  return next;
}

Candidate at_granularity(Candidate candidate, const std::string& granularity) {
  const auto to = Registry<Granularity>::create(granularity);
  if (granularity != candidate.granularity) {
    for (const ParameterSpec& spec : Registry<Granularity>::create(candidate.granularity)->parameters()) {
      if (const auto found = candidate.parameters.find(spec.name); found != candidate.parameters.end())
        candidate.parameters.erase(found);
    }
  }
  for (const ChainStep& step : transforms_of(candidate)) step.transform->adapt(candidate.parameters, *to);
  candidate.granularity = granularity;
  return candidate;
}

bool prunes(const Candidate& candidate) {
  return any_transform(candidate, [](const Transform& one) { return one.trace() == Trace::zeros; });
}

bool chooses_levels(const Candidate& candidate) {
  return any_transform(candidate, [](const Transform& one) { return one.trace() == Trace::levels; });
}

bool refines_levels(const Candidate& candidate) {
  return any_transform(candidate,
                       [](const Transform& one) { return one.stage() == Stage::level_refinement; });
}

bool loses(const Candidate& candidate) {
  return any_transform(candidate, [](const Transform& one) { return one.lossy(); });
}

bool needs_moments(const Candidate& candidate) {
  return any_transform(candidate,
                       [&](const Transform& one) { return one.needs(candidate.parameters).moments; });
}

bool needs_importance(const Candidate& candidate) {
  return any_transform(candidate,
                       [&](const Transform& one) { return one.needs(candidate.parameters).importance; });
}

bool entropy_coded(const Candidate& candidate) {
  return !candidate.scheme.empty() && ends_chain(candidate.scheme.back());
}

bool fits_granularity(const Candidate& candidate) {
  return !prunes(candidate) || !Registry<Granularity>::contains(candidate.granularity) ||
         Registry<Granularity>::create(candidate.granularity)->may_prune();
}

Candidate lossless_candidate() {
  std::optional<std::pair<int, std::uint8_t>> coarsest;  // its fineness, then its id
  std::string name;
  for (const std::string& each : Registry<Granularity>::names()) {
    const auto granularity = Registry<Granularity>::create(each);
    if (!granularity->fineness()) continue;
    const std::pair place(*granularity->fineness(), granularity->id());
    if (coarsest && *coarsest <= place) continue;
    coarsest = place;
    name = each;
  }
  return {name, {std::string(kEntropyCoder)}, {}};
}

}  // namespace adagrain
