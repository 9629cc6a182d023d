#include "policies/promising.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "policies/equal_slopes.h"

namespace adagrain {

namespace {

constexpr double kMargin = 1.1;
constexpr double kTiny = 1e-30;

// Hull after hull is peeled off until there are enough: the first is the best guess, the next ones are its
// runners-up.
std::vector<std::uint32_t> peel_hulls(std::span<const PricedCandidate> candidates, std::size_t limit) {
  const std::vector<std::uint32_t> group = same_weights(candidates);
  const bool fisher = has_fisher(candidates);
  std::map<std::uint32_t, std::uint32_t> smallest;  // of each group
  for (std::uint32_t index = 0; index < candidates.size(); ++index) {
    const auto place = smallest.try_emplace(group[index], index).first;
    if (candidates[index].bytes < candidates[place->second].bytes) place->second = index;
  }
  std::vector<std::uint32_t> left;
  for (const auto& [first, index] : smallest) {
    if (candidates[index].squared_error > 0) left.push_back(index);
  }
  std::vector<std::uint32_t> taken;
  while (!left.empty() && taken.size() < limit) {
    std::vector<Tradeoff> points;
    for (const std::uint32_t index : left) {
      points.push_back(
          {static_cast<double>(candidates[index].bytes), judged_error(candidates[index], fisher)});
    }
    std::vector<std::uint32_t> hull;
    for (const std::uint32_t vertex : lower_hull(points)) hull.push_back(left[vertex]);
    const std::size_t room = limit - taken.size();
    for (std::size_t i = 0; i < std::min(room, hull.size()); ++i) {
      // Evenly along the hull when it is longer than the room left.
      const std::size_t place =
          hull.size() <= room ? i : i * (hull.size() - 1) / std::max<std::size_t>(1, room - 1);
      taken.push_back(hull[place]);
    }
    std::erase_if(left, [&](auto index) { return std::find(hull.begin(), hull.end(), index) != hull.end(); });
  }
  return taken;
}

}  // namespace

std::vector<std::uint32_t> same_weights(std::span<const PricedCandidate> candidates) {
  std::map<std::tuple<double, double, double>, std::uint32_t> first;
  std::vector<std::uint32_t> group;
  for (std::uint32_t index = 0; index < candidates.size(); ++index) {
    const PricedCandidate& one = candidates[index];
    group.push_back(
        first.try_emplace({one.squared_error, one.fisher_error, one.sparsity}, index).first->second);
  }
  return group;
}

std::vector<std::uint32_t> promising_candidates(std::span<const PricedCandidate> candidates,
                                                std::size_t limit) {
  std::vector<std::uint32_t> taken = peel_hulls(candidates, limit);
  const bool fisher = has_fisher(candidates);
  std::sort(taken.begin(), taken.end(), [&](auto a, auto b) {
    return std::pair(judged_error(candidates[a], fisher), a) <
           std::pair(judged_error(candidates[b], fisher), b);
  });
  taken.erase(std::unique(taken.begin(), taken.end()), taken.end());
  return taken;
}

std::vector<double> fill_from_measured(std::span<const PricedCandidate> candidates,
                                       const std::map<std::uint32_t, double>& measured) {
  const std::vector<std::uint32_t> group = same_weights(candidates);
  const bool fisher = has_fisher(candidates);
  std::map<std::uint32_t, double> of_group;
  std::map<double, double> ratio;  // log squared error -> log(measured / predicted)
  for (const auto& [index, divergence] : measured) {
    of_group[group[index]] = divergence;
    const PricedCandidate& one = candidates[index];
    if (one.squared_error > 0) {
      ratio[std::log(one.squared_error)] =
          std::log(std::max(divergence, kTiny)) - std::log(std::max(judged_error(one, fisher), kTiny));
    }
  }
  std::vector<double> all;
  for (std::uint32_t index = 0; index < candidates.size(); ++index) {
    const PricedCandidate& one = candidates[index];
    const auto known = of_group.find(group[index]);
    if (known != of_group.end()) {
      all.push_back(known->second);
    } else if (one.squared_error == 0) {
      all.push_back(0);
    } else {
      const double log_ratio = ratio.empty() ? 0 : interpolated(ratio, std::log(one.squared_error));
      all.push_back(kMargin * judged_error(one, fisher) * std::exp(log_ratio));
    }
  }
  return all;
}

double interpolated(const std::map<double, double>& known, double key) {
  const auto above = known.lower_bound(key);
  if (above == known.begin()) return above->second;
  if (above == known.end()) return std::prev(above)->second;
  const auto below = std::prev(above);
  const double share = (key - below->first) / (above->first - below->first);
  return below->second + share * (above->second - below->second);
}

}  // namespace adagrain
