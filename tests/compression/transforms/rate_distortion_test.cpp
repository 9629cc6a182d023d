#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/transforms/level_choice.h"
#include "tests/compression/round_trip.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

using Weights = std::vector<float>;

double squared_error(const Weights& left, const Weights& right) {
  double sum = 0;
  for (std::size_t i = 0; i < left.size(); ++i) sum += std::pow(left[i] - right[i], 2);
  return sum;
}

// A thousand zeros make level 1 cost log2(1002 / 2) ~ 9 bits and level 0 about none. For w = 0.6 steps:
// 0.16 + 9 r against 0.36 - so rate_weight 0.01 keeps level 1 and 0.05 gives it up.
TEST(RateDistortion, ALevelIsGivenUpWhereItsBitsOutweighItsError) {
  Weights weights(1000);
  weights[500] = 0.6F;
  EXPECT_EQ(round_trip(weights, {1000}, "element/quantize+ans rate_weight=0.01 step=1")[500], 1.0F);
  EXPECT_EQ(round_trip(weights, {1000}, "element/quantize+ans rate_weight=0.05 step=1")[500], 0.0F);
}

TEST(RateDistortion, AnImportantWeightKeepsItsLevel) {
  Weights weights(1000), importance(1000, 1.0F);
  weights[500] = 0.6F;
  importance[500] = 10.0F;
  EXPECT_EQ(round_trip(weights, {1000}, "element/quantize+ans rate_weight=0.05 step=1", {importance})[500],
            1.0F);
}

TEST(RateDistortion, MoreWeightOnRateIsFewerBytesAndMoreError) {
  const Shape shape = {64, 128};
  const Weights weights = sample_weights(shape);
  std::size_t last_size = SIZE_MAX;
  double last_error = -1;
  for (const char* rate_weight : {"0", "0.05", "0.2", "1"}) {
    const auto candidate =
        parse_candidate(std::string("element/quantize+ans step=0.04 rate_weight=") + rate_weight);
    const EncodedLayer encoded = encode_layer(weights, shape, candidate);
    const Weights decoded = decode_layer(encoded.payload, shape).weights;
    const double error = squared_error(weights, decoded);
    EXPECT_LT(encoded.payload.size(), last_size);
    EXPECT_GT(error, last_error);
    last_size = encoded.payload.size();
    last_error = error;
  }
}

// Every way to code, by what it is to minimise: squared steps + rate_weight * bits of the whole payload.
TEST(RateDistortion, CostsLessThanPlainRoundingWhateverCodes) {
  const Shape shape = {64, 128};
  const Weights weights = sample_weights(shape);
  for (const char* text :
       {"element/quantize+ans", "element/quantize+ans speed=1", "element/quantize+ans speed=2",
        "layer/quantize+ans", "element/prune+quantize+ans sparsity=0.3"}) {
    const auto cost = [&](double rate_weight) {
      Candidate candidate = parse_candidate(text);
      candidate.parameters["step"] = 0.06;
      candidate.parameters["rate_weight"] = rate_weight;
      const EncodedLayer encoded = encode_layer(weights, shape, candidate);
      return squared_error(weights, decode_layer(encoded.payload, shape).weights) / (0.06 * 0.06) +
             0.15 * 8 * static_cast<double>(encoded.payload.size());
    };
    EXPECT_LT(cost(0.15), 0.99 * cost(0)) << text;
  }
}

// Half the rows are full of levels, the others nearly empty. The same weight, 0.62 steps, is worth a level
// where levels are common and not where they are rare: what one price for the whole layer cannot know.
TEST(RateDistortion, AsksTheCoderWhatALevelCostsWhereItStands) {
  const Shape shape = {128, 64};
  std::mt19937 random(5);
  Weights weights;
  for (int row = 0; row < 128; ++row) {
    for (int column = 0; column < 64; ++column) {
      const float sign = (random() & 1) != 0 ? 1.0F : -1.0F;
      const float other = row < 64 ? static_cast<float>(random() % 512) / 128.0F : 0.1F;
      weights.push_back(sign * (random() % 16 == 0 ? 0.62F : other));
    }
  }
  for (const char* candidate : {"element/quantize+ans rate_weight=0.08 step=1",
                                "element/quantize+ans rate_weight=0.08 speed=1 step=1"}) {
    const Weights decoded = round_trip(weights, shape, candidate);
    std::array<double, 2> kept{}, all{};
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (std::abs(weights[i]) != 0.62F) continue;
      const std::size_t half = i / (weights.size() / 2);
      all[half] += 1;
      kept[half] += decoded[i] != 0;
    }
    EXPECT_GT(kept[0], 0.9 * all[0]) << candidate;
    EXPECT_LT(kept[1], 0.1 * all[1]) << candidate;
  }
}

}  // namespace
}  // namespace adagrain
