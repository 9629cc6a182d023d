#include "policies/equal_slopes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace adagrain {

std::vector<std::uint32_t> lower_hull(std::span<const Tradeoff> points) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t index = 0; index < points.size(); ++index) {
    if (std::isfinite(points[index].error)) order.push_back(index);
  }
  ensure(!order.empty(), "equal slopes: a layer has no usable candidate");
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return points[a].error != points[b].error ? points[a].error < points[b].error
                                              : points[a].bytes < points[b].bytes;
  });
  std::vector<std::uint32_t> hull;
  for (const std::uint32_t index : order) {
    const Tradeoff& point = points[index];
    if (!hull.empty() && point.bytes >= points[hull.back()].bytes) continue;
    // The middle one of three goes when it is on or above the line from its neighbours.
    while (hull.size() >= 2) {
      const Tradeoff& first = points[hull[hull.size() - 2]];
      const Tradeoff& middle = points[hull.back()];
      const bool needed = (middle.error - first.error) * (middle.bytes - point.bytes) <
                          (point.error - middle.error) * (first.bytes - middle.bytes);
      if (needed) break;
      hull.pop_back();
    }
    hull.push_back(index);
  }
  return hull;
}

std::vector<std::vector<Tradeoff>> tradeoffs(
    const CandidateTable& table, const std::function<std::vector<double>(std::size_t)>& errors_of) {
  std::vector<std::vector<Tradeoff>> layers;
  for (std::size_t layer = 0; layer < table.size(); ++layer) {
    const std::vector<double> errors = errors_of(layer);
    auto& points = layers.emplace_back();
    for (std::size_t index = 0; index < table[layer].size(); ++index) {
      points.push_back({static_cast<double>(table[layer][index].bytes), errors.at(index)});
    }
  }
  return layers;
}

std::vector<Choice> equal_slopes(const std::vector<std::vector<Tradeoff>>& layers) {
  struct Edge {
    double slope;  // error paid per byte saved
    std::size_t layer;
    std::uint32_t target;
  };
  Choice choice;
  std::vector<Edge> edges;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    const std::vector<std::uint32_t> hull = lower_hull(layers[layer]);
    choice.push_back(hull.front());
    for (std::size_t vertex = 1; vertex < hull.size(); ++vertex) {
      const Tradeoff& from = layers[layer][hull[vertex - 1]];
      const Tradeoff& to = layers[layer][hull[vertex]];
      edges.push_back({(to.error - from.error) / (from.bytes - to.bytes), layer, hull[vertex]});
    }
  }
  std::stable_sort(edges.begin(), edges.end(),
                   [](const Edge& a, const Edge& b) { return a.slope < b.slope; });
  std::vector<Choice> choices{choice};
  for (const Edge& edge : edges) {
    choice[edge.layer] = edge.target;
    choices.push_back(choice);
  }
  return choices;
}

}  // namespace adagrain
