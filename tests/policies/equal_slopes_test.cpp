#include "policies/equal_slopes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/core/random.h"

namespace adagrain {

namespace {

using Table = std::vector<std::vector<Tradeoff>>;

TEST(LowerHull, KeepsVerticesOnly) {
  // (40, 2) lies above the line from (100, 0) to (20, 3); (60, 0.5) below it; (100, 1) is beaten.
  const std::vector<Tradeoff> points = {{100, 1}, {20, 3}, {40, 2.3}, {60, 0.5}, {100, 0}, {10, INFINITY}};
  EXPECT_EQ(lower_hull(points), (std::vector<std::uint32_t>{4, 3, 1}));
}

TEST(LowerHull, SinglePointIsItsHull) {
  EXPECT_EQ(lower_hull(std::vector<Tradeoff>{{5, 1}}), (std::vector<std::uint32_t>{0}));
  EXPECT_THROW(lower_hull(std::vector<Tradeoff>{{5, INFINITY}}), InternalError);
}

// All plans of a tiny problem by brute force.
double least_error_within(const Table& table, double bytes) {
  double best = INFINITY;
  for (const Tradeoff& a : table[0]) {
    for (const Tradeoff& b : table[1]) {
      for (const Tradeoff& c : table[2]) {
        if (a.bytes + b.bytes + c.bytes <= bytes) best = std::min(best, a.error + b.error + c.error);
      }
    }
  }
  return best;
}

TEST(EqualSlopes, NoPlanOfTheSameSizeHasLessError) {
  RandomStream random(5, "equal slopes test");
  for (int trial = 0; trial < 20; ++trial) {
    Table table(3);
    for (auto& layer : table) {
      for (int i = 0; i < 9; ++i) layer.push_back({std::floor(1 + 100 * random.uniform()), random.uniform()});
    }
    const std::vector<Choice> choices = equal_slopes(table);
    for (const Choice& choice : choices) {
      Tradeoff total;
      for (std::size_t layer = 0; layer < 3; ++layer) {
        total.bytes += table[layer][choice[layer]].bytes;
        total.error += table[layer][choice[layer]].error;
      }
      EXPECT_NEAR(total.error, least_error_within(table, total.bytes), 1e-12);
    }
    const auto least = [&](std::size_t layer) {
      return std::min_element(table[layer].begin(), table[layer].end(),
                              [](const Tradeoff& a, const Tradeoff& b) { return a.bytes < b.bytes; })
          ->bytes;
    };
    for (std::size_t layer = 0; layer < 3; ++layer) {
      EXPECT_EQ(table[layer][choices.back()[layer]].bytes, least(layer));
    }
  }
}

}  // namespace

}  // namespace adagrain
