// Numbers by hand, chosen so that every step is exact in binary.
#include <gtest/gtest.h>

#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/error.h"
#include "tests/compression/round_trip.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

using Weights = std::vector<float>;

// step = 0.875 / (2^3 - 1) = 1/8; 0.3125 is halfway between 2 and 3 steps, 0.4375 between 3 and 4: to even.
TEST(Quantize, SymmetricLevelsReachFromMaximumToMaximum) {
  EXPECT_EQ(round_trip({0.875F, -0.25F, 0.3F, 0.3125F, 0.4375F, -0.875F}, {6}, "layer/quantize bits=4"),
            (Weights{0.875F, -0.25F, 0.25F, 0.25F, 0.5F, -0.875F}));
}

TEST(Quantize, TwoBitsAreThreeLevels) {
  EXPECT_EQ(round_trip({1, -0.4F, 0.6F, 0, -1}, {5}, "layer/quantize bits=2"), (Weights{1, 0, 1, 0, -1}));
}

// mean |w| = (1 + 3 + 0 + 4) / 4 = 2
TEST(Quantize, OneBitIsTheMeanMagnitudeWithASign) {
  EXPECT_EQ(round_trip({1, -3, 0, 4}, {4}, "layer/quantize bits=1"), (Weights{2, -2, 2, 2}));
  const LayerCode code = transform_layer(Weights{1, -3, 0, 4}, {4}, parse_candidate("layer/quantize bits=1"));
  EXPECT_EQ(code.levels, (std::vector<std::int32_t>{1, -1, 1, 1}));
}

// [-1, 2] in 2^2 - 1 = 3 steps of 1, zero at level 1.
TEST(Quantize, AsymmetricLevelsSpanTheRangeAndHitZero) {
  EXPECT_EQ(round_trip({-1, 0, 2, 1.2F, -0.6F}, {5}, "layer/quantize bits=2 symmetric=0"),
            (Weights{-1, 0, 2, 1, -1}));
  // Zero belongs to the range even when all weights are above it: [0, 3].
  EXPECT_EQ(round_trip({1, 3, 2.2F}, {3}, "layer/quantize bits=2 symmetric=0"), (Weights{1, 3, 2}));
  EXPECT_EQ(round_trip({-1, -3, -2.2F}, {3}, "layer/quantize bits=2 symmetric=0"), (Weights{-1, -3, -2}));
}

TEST(Quantize, AnAbsoluteStepTakesAsManyLevelsAsItNeeds) {
  EXPECT_EQ(round_trip({100.1F, -0.3F, 0.1F}, {3}, "layer/quantize step=0.25"), (Weights{100, -0.25F, 0}));
}

// 2^30 steps would be needed. 1024 / 32767 is just above 2^-5; the next stored step is 2^-5 (1 + 2^-7).
TEST(Quantize, AStepTooFineIsCoarsenedToSixteenBitLevels) {
  const LayerCode code =
      transform_layer(Weights{1024, -512, 0.01F}, {3}, parse_candidate("layer/quantize step=1e-6"));
  EXPECT_EQ(code.levels, (std::vector<std::int32_t>{32514, -16257, 0}));
}

// The second row's largest weight is a quarter of the layer's, and so is its step: 0.4 / 0.25 = 1.6 -> 2.
TEST(Quantize, AUnitsStepFollowsItsLargestWeight) {
  EXPECT_EQ(round_trip({4, 1.2F, 1, 0.4F}, {2, 2}, "feature_map/quantize step=1"), (Weights{4, 1, 1, 0.5F}));
  EXPECT_EQ(round_trip({4, 1.2F, 1, 0.4F}, {1, 4}, "block/quantize block_columns=2 step=1"),
            (Weights{4, 1, 1, 0.5F}));
  EXPECT_EQ(round_trip({7, 1, 14, 2, 3.5F, 1}, {3, 2}, "feature_map/quantize bits=4"),
            (Weights{7, 1, 14, 2, 3.5F, 1}));
}

TEST(Quantize, AUnitOfZerosStaysZero) {
  EXPECT_EQ(round_trip({0, 0, 1, -1}, {2, 2}, "feature_map/quantize bits=1"), (Weights{0, 0, 1, -1}));
  EXPECT_EQ(round_trip({0, 0, 0, 0}, {2, 2}, "layer/quantize+ans bits=8"), (Weights{0, 0, 0, 0}));
}

TEST(Quantize, StepsFallInEighthsOfAnOctave) {
  EXPECT_EQ(step_of(3.0F, 1), 3.0F);
  EXPECT_EQ(step_of(3.0F, 9), 1.5F);
  EXPECT_EQ(step_of(3.0F, 17), 0.75F);
  for (int code = 1; code < 255; ++code) {
    const float step = step_of(1.0F, static_cast<std::uint8_t>(code));
    const float next = step_of(1.0F, static_cast<std::uint8_t>(code + 1));
    EXPECT_NEAR(step / next, 1.0905077F, 1e-5F) << code;  // 2^(1/8)
  }
}

TEST(Quantize, NoWeightMovesByMoreThanHalfAStepRoundedUpToItsCode) {
  const Shape shape = {16, 64};
  const Weights weights = sample_weights(shape);
  for (const std::string candidate :
       {"layer/quantize bits=5", "feature_map/quantize bits=5", "block/quantize bits=5",
        "block/quantize bits=5 block_columns=8 block_rows=4"}) {
    const Weights decoded = round_trip(weights, shape, candidate);
    float largest = 0;
    for (const float weight : weights) largest = std::max(largest, std::abs(weight));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      EXPECT_LE(std::abs(weights[i] - decoded[i]), 0.5F * 1.091F * largest / 15) << candidate;
    }
  }
}

TEST(Quantize, FinerUnitsAreCloserToTheWeights) {
  const Shape shape = {16, 64};
  const Weights weights = sample_weights(shape);  // rows differ in scale by up to 4
  const auto error = [&](const std::string& candidate) {
    const Weights decoded = round_trip(weights, shape, candidate);
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
      sum += (weights[i] - decoded[i]) * (weights[i] - decoded[i]);
    return sum;
  };
  EXPECT_LT(error("feature_map/quantize bits=4"), 0.7 * error("layer/quantize bits=4"));
  EXPECT_LT(error("block/quantize bits=4 block_columns=8"), error("feature_map/quantize bits=4"));
}

TEST(Evidence, ThatDoesNotFitIsRefused) {
  const Weights weights(4, 1.0F), three(3, 1.0F), nan(4, NAN), negative(4, -1.0F);
  const Candidate candidate = parse_candidate("element/quantize step=0.1 rate_weight=0.1");
  EXPECT_THROW(encode_layer(weights, {4}, candidate, {three}), InternalError);
  EXPECT_THROW(encode_layer(weights, {4}, candidate, {nan}), DataError);
  EXPECT_THROW(encode_layer(weights, {4}, candidate, {negative}), DataError);
}

}  // namespace
}  // namespace adagrain
