#include "policies/family.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

// One layer whose candidates have these bytes and errors.
std::vector<std::uint32_t> kept_of(const std::vector<std::pair<std::uint64_t, double>>& points) {
  SyntheticNetwork network;
  network.profile.layers.resize(1);
  network.candidates.resize(1);
  std::vector<Choice> choices;
  for (const auto& [bytes, error] : points) {
    choices.push_back({static_cast<std::uint32_t>(choices.size())});
    network.candidates[0].push_back(priced("layer", {"ans"}, {}, bytes, error));
  }
  std::vector<std::uint32_t> kept;
  for (const Choice& choice : undominated(network.input(), choices)) kept.push_back(choice.front());
  return kept;
}

using Kept = std::vector<std::uint32_t>;

TEST(Undominated, KeepsFromCarefulToSmallWhatNothingSmallerBeats) {
  EXPECT_EQ(kept_of({{10, 3}, {30, 1}, {20, 2}}), (Kept{1, 2, 0}));
  EXPECT_EQ(kept_of({{10, 1}, {30, 2}, {20, 3}}), (Kept{0}));
}

TEST(Undominated, OfEqualDamageTheSmallerAndOfEqualSizeTheBetter) {
  EXPECT_EQ(kept_of({{20, 1}, {10, 1}}), (Kept{1}));
  EXPECT_EQ(kept_of({{10, 2}, {10, 1}}), (Kept{1}));
  EXPECT_EQ(kept_of({{10, 1}, {10, 1}}).size(), 1u);
}

}  // namespace

}  // namespace adagrain
