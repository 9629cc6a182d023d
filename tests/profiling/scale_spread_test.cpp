#include "framework/profiling/scale_spread.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/core/error.h"

namespace adagrain {
namespace {

TEST(ScaleSpread, IsTheStandardDeviationInOctavesWithoutZeros) {
  ScaleSpread spread;
  EXPECT_EQ(spread.deviation(), 0);
  spread.add(std::vector<float>{1, 0, 4});
  EXPECT_DOUBLE_EQ(spread.deviation(), 1);
  spread.add(std::vector<float>{0, 0});
  EXPECT_DOUBLE_EQ(spread.deviation(), 1);
}

TEST(ScaleSpread, OfPartsIsThatOfTheWhole) {
  const std::vector<float> scales = {0.3f, 7, 0.02f, 0, 1.5f, 900, 0.3f};
  ScaleSpread whole, left, right;
  whole.add(scales);
  left.add(std::span(scales).first(3));
  right.add(std::span(scales).subspan(3));
  left.merge(right);
  EXPECT_NEAR(left.deviation(), whole.deviation(), 1e-12);
}

TEST(ScaleSpread, OfEqualScalesIsExactlyZero) {
  ScaleSpread spread;
  for (int i = 0; i < 10; ++i) spread.add(std::vector<float>(100, 0.3f));
  EXPECT_EQ(spread.deviation(), 0);
}

TEST(ActivationScales, ChannelsAreTakenOverAllSamplesAndBlocksWithinOne) {
  // Two samples of two channels of 65 positions: blocks of 64 and of one.
  std::vector<float> values(2 * 2 * 65, 0.5f);
  values[3] = -1;          // sample 0, channel 0, first block
  values[2 * 65 - 1] = 8;  // sample 0, channel 1, last block
  values[2 * 65] = 4;      // sample 1, channel 0, first block
  ActivationScales scales;
  scales.add(std::span(values).first(2 * 65), 2, 65);
  scales.add(std::span(values).subspan(2 * 65), 2, 65);
  EXPECT_DOUBLE_EQ(scales.channel_spread(), 0.5);  // 4 and 8
  // log2: 0, -1, -1, 3, 2, -1, -1, -1; mean 0, mean square 18 / 8.
  EXPECT_NEAR(scales.block_spread(), 1.5, 1e-12);
}

TEST(ActivationScales, OfVectorsBlocksAreOfConsecutiveChannels) {
  std::vector<float> values(2 * 130, 1.0f);
  values[128] = 2;       // first sample: blocks 1, 1, 2
  values[130 + 5] = -4;  // second sample: blocks 4, 1, 0
  values[130 + 128] = 0;
  values[130 + 129] = 0;
  ActivationScales scales;
  scales.add(values, 130, 1);
  // log2: 0, 0, 1, 2, 0; mean 0.6, mean square 1.
  EXPECT_NEAR(scales.block_spread(), std::sqrt(1 - 0.36), 1e-12);
  // 128 channels at 1, one at 2, one at 4.
  const double mean = 3.0 / 130;
  EXPECT_NEAR(scales.channel_spread(), std::sqrt(5.0 / 130 - mean * mean), 1e-12);
}

TEST(ActivationScales, AnotherNumberOfChannelsIsAnError) {
  ActivationScales scales;
  scales.add(std::vector<float>(12, 1), 3, 4);
  EXPECT_THROW(scales.add(std::vector<float>(12, 1), 4, 3), InternalError);
  EXPECT_THROW(scales.add(std::vector<float>(11, 1), 3, 1), InternalError);
}

}  // namespace
}  // namespace adagrain
