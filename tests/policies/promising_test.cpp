#include "policies/promising.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

TEST(Promising, QuantiseWithAndWithoutCoderAreTheSameWeights) {
  std::vector<PricedCandidate> row = {priced("layer", {"ans"}, {}, 90, 0),
                                      priced("layer", {"quantize"}, {{"bits", 4}}, 50, 0.5),
                                      priced("layer", {"quantize", "ans"}, {{"bits", 4}}, 30, 0.5),
                                      priced("layer", {"quantize", "ans"}, {{"bits", 2}}, 10, 2)};
  EXPECT_EQ(same_weights(row), (std::vector<std::uint32_t>{0, 1, 1, 3}));
  // Lossless needs no measurement; of the twins the smaller one is measured.
  EXPECT_EQ(promising_candidates(row, 10), (std::vector<std::uint32_t>{2, 3}));
}

TEST(Promising, NeverMoreThanAskedAndBothEndsOfTheHullAreThere) {
  const SyntheticNetwork network = mixed_network();
  for (const auto& row : network.candidates) {
    for (const std::size_t limit : {3u, 8u, 20u}) {
      const auto picked = promising_candidates(row, limit);
      EXPECT_EQ(picked.size(), limit);
      EXPECT_EQ(std::set(picked.begin(), picked.end()).size(), limit);
    }
    const auto all = promising_candidates(row, 1000);
    for (const std::uint32_t index : all) EXPECT_GT(row[index].squared_error, 0);
  }
}

// Three on the hull, two above it, one above these.
TEST(Promising, RunnersUpFollowTheHull) {
  std::vector<PricedCandidate> row;
  for (const auto& [bytes, error] :
       std::vector<std::pair<std::uint64_t, double>>{{100, 1}, {50, 2}, {10, 8}, {99, 4}, {60, 6}, {98, 9}}) {
    row.push_back(
        priced("layer", {"quantize"}, {{"bits", static_cast<double>(row.size() + 1)}}, bytes, error));
  }
  const auto first = [&](std::size_t limit) {
    const auto picked = promising_candidates(row, limit);
    return std::set<std::uint32_t>(picked.begin(), picked.end());
  };
  EXPECT_EQ(first(3), (std::set<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(first(5), (std::set<std::uint32_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(first(10), (std::set<std::uint32_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Promising, InterpolationIsLinearAndEndsAreFlat) {
  const std::map<double, double> known = {{0, 1}, {10, 3}, {20, 0}};
  EXPECT_DOUBLE_EQ(interpolated(known, 2.5), 1.5);
  EXPECT_DOUBLE_EQ(interpolated(known, 15), 1.5);
  EXPECT_DOUBLE_EQ(interpolated(known, 10), 3);
  EXPECT_DOUBLE_EQ(interpolated(known, -5), 1);
  EXPECT_DOUBLE_EQ(interpolated(known, 99), 0);
}

TEST(Promising, UnmeasuredCandidatesFollowTheMeasuredOnes) {
  // Predicted damages 1, 2, 4, 8; measured 1 -> 1 and 4 -> 16: ratios 1 and 4, the 2 between them gets 2.
  std::vector<PricedCandidate> row;
  for (int i = 0; i < 4; ++i)
    row.push_back(priced("layer", {"quantize"}, {{"bits", 8.0 - i}}, 100 - 10 * i, 1 << i));
  row.push_back(priced("layer", {"quantize", "ans"}, {{"bits", 8}}, 60, 1));
  row.push_back(priced("layer", {"ans"}, {}, 200, 0));
  const std::vector<double> filled = fill_from_measured(row, {{0, 1.0}, {2, 16.0}});
  EXPECT_DOUBLE_EQ(filled[0], 1);
  EXPECT_DOUBLE_EQ(filled[2], 16);
  EXPECT_NEAR(filled[1], 1.1 * 2 * 2, 1e-9);
  EXPECT_NEAR(filled[3], 1.1 * 8 * 4, 1e-9);
  EXPECT_DOUBLE_EQ(filled[4], 1);  // the same weights as the first
  EXPECT_EQ(filled[5], 0);         // lossless
}

}  // namespace

}  // namespace adagrain
