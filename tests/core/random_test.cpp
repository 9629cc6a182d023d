#include "framework/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace adagrain {
namespace {

// SplitMix64's published first outputs for state 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64").
TEST(RandomStream, MatchesSplitMix64) {
  RandomStream stream(0, "");
  stream.restore(1234567);
  for (const std::uint64_t expected : {6457827717110365317ull, 3203168211198807973ull, 9817491932198370423ull,
                                       4593380528125082431ull, 16408922859458223821ull}) {
    EXPECT_EQ(stream.next(), expected);
  }
}

// The same numbers on every machine and in every version: results depend on them.
//   def mix(z): z=(z^z>>30)*0xBF58476D1CE4E5B9%2**64; z=(z^z>>27)*0x94D049BB133111EB%2**64; return z^z>>31
//   h=0xCBF29CE484222325
//   for c in b"augmentation": h=(h^c)*0x100000001B3%2**64
//   s=mix(1)^h
//   for _ in range(3): s=(s+0x9E3779B97F4A7C15)%2**64; print(mix(s))
TEST(RandomStream, NamedStreamsArePinned) {
  RandomStream stream(1, "augmentation");
  EXPECT_EQ(stream.next(), 14971776927483068485ull);
  EXPECT_EQ(stream.next(), 4041706428927711574ull);
  EXPECT_EQ(stream.next(), 12808808218149119919ull);
}

TEST(RandomStream, SeedsAndNamesGiveOtherNumbers) {
  EXPECT_NE(RandomStream(1, "a").next(), RandomStream(2, "a").next());
  EXPECT_NE(RandomStream(1, "a").next(), RandomStream(1, "b").next());
}

TEST(RandomStream, ARestoredStreamContinues) {
  RandomStream stream(5, "x");
  stream.next();
  const std::uint64_t state = stream.state();
  const double expected = stream.uniform();
  RandomStream other(0, "");
  other.restore(state);
  EXPECT_EQ(other.uniform(), expected);
}

TEST(RandomStream, BelowReachesEveryValueEquallyOften) {
  RandomStream stream(3, "below");
  std::array<int, 7> count{};
  for (int i = 0; i < 70000; ++i) ++count.at(stream.below(7));
  for (const int seen : count) EXPECT_NEAR(seen, 10000, 400);  // 4 standard deviations are 370
  EXPECT_EQ(stream.below(1), 0u);
}

// The top quarter of all numbers would make the first third of the values twice as likely.
TEST(RandomStream, BelowIsNotBiasedByTheRemainderOfALargeBound) {
  RandomStream stream(3, "large bound");
  constexpr std::uint64_t quarter = std::uint64_t{1} << 62;
  int first = 0;
  for (int i = 0; i < 9000; ++i) first += stream.below(3 * quarter) < quarter;
  EXPECT_NEAR(first, 3000, 180);  // 4 standard deviations
}

TEST(RandomStream, DistributionsHaveTheirMoments) {
  RandomStream stream(4, "moments");
  double uniform = 0, normal = 0, square = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = stream.uniform();
    ASSERT_TRUE(value >= 0 && value < 1);
    uniform += value;
    const double gaussian = stream.normal();
    normal += gaussian;
    square += gaussian * gaussian;
  }
  EXPECT_NEAR(uniform / kDraws, 0.5, 0.005);
  EXPECT_NEAR(normal / kDraws, 0, 0.015);
  EXPECT_NEAR(square / kDraws, 1, 0.02);
}

TEST(RandomStream, ShuffleKeepsEveryItem) {
  std::vector<int> items(100);
  for (int i = 0; i < 100; ++i) items[static_cast<std::size_t>(i)] = i;
  auto shuffled = items;
  RandomStream(1, "shuffle").shuffle(std::span<int>(shuffled));
  EXPECT_NE(shuffled, items);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, items);
}

}  // namespace
}  // namespace adagrain
