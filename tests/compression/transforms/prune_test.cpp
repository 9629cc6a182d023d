#include <gtest/gtest.h>

#include "framework/compression/payload/layer_codec.h"
#include "framework/core/error.h"
#include "tests/compression/round_trip.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

using Weights = std::vector<float>;

TEST(Prune, TheSmallestWeightsGoFirst) {
  EXPECT_EQ(round_trip({1, -2, 3, -4}, {4}, "element/prune sparsity=0.5"), (Weights{0, 0, 3, -4}));
  EXPECT_EQ(round_trip({4, -1, 3, 2}, {4}, "element/prune+ans sparsity=0.25"), (Weights{4, 0, 3, 2}));
}

// w^2 * importance: 16, 4, 9, 1.6
TEST(Prune, SensitivityWeighsTheSquareByItsImportance) {
  EXPECT_EQ(
      round_trip({1, -2, 3, -4}, {4}, "element/prune saliency=1 sparsity=0.5", {Weights{16, 1, 1, 0.1F}}),
      (Weights{1, 0, 3, 0}));
  EXPECT_EQ(
      round_trip({1, -2, 3, -4}, {4}, "element/prune saliency=0 sparsity=0.5", {Weights{16, 1, 1, 0.1F}}),
      (Weights{0, 0, 3, -4}));
}

TEST(Prune, SensitivityWithoutImportanceIsRefused) {
  EXPECT_THROW(round_trip({1, -2, 3, -4}, {4}, "element/prune saliency=1 sparsity=0.5"), ConfigError);
}

TEST(Prune, EqualSaliencyFallsInOrder) {
  EXPECT_EQ(round_trip({1, 1, 1, 1}, {4}, "element/prune sparsity=0.5"), (Weights{0, 0, 1, 1}));
}

// Mean squares of the 2 x 2 tiles: 7.5, 0.0075, and of the ragged 2 x 1 ones 0.25.
TEST(Prune, BlocksGoWholeByTheirMeanSaliency) {
  const Weights weights = {1, 2, 0.05F, 0.1F, 0.5F,  //
                           3, 4, 0.1F,  0.1F, -0.5F};
  EXPECT_EQ(round_trip(weights, {2, 5}, "block/prune block_columns=2 block_rows=2 sparsity=0.4"),
            (Weights{1, 2, 0, 0, 0.5F, 3, 4, 0, 0, -0.5F}));
  EXPECT_EQ(round_trip(weights, {2, 5}, "block/prune block_columns=2 block_rows=2 sparsity=0.6"),
            (Weights{1, 2, 0, 0, 0, 3, 4, 0, 0, 0}));
}

TEST(Prune, ChannelsGoWhole) {
  EXPECT_EQ(round_trip({5, 0, 2, 2, 1, -1}, {3, 2}, "feature_map/prune+ans sparsity=0.34"),
            (Weights{5, 0, 2, 2, 0, 0}));
}

TEST(Prune, WholeUnitsNeverOvershootTheTarget) {
  const Shape shape = {10, 10};
  for (const char* sparsity : {"0.05", "0.19", "0.5", "0.99"}) {
    const Weights kept =
        round_trip(sample_weights(shape), shape, std::string("feature_map/prune sparsity=") + sparsity);
    const auto zeros = std::count(kept.begin(), kept.end(), 0.0F);
    EXPECT_LE(static_cast<double>(zeros), 100 * std::stod(sparsity) + 0.5);
    EXPECT_GT(static_cast<double>(zeros), 100 * std::stod(sparsity) - 10);
  }
}

TEST(Prune, SurvivorsKeepEveryBitWithoutQuantisation) {
  const Shape shape = {9, 31};
  const Weights weights = sample_weights(shape);
  for (const char* candidate :
       {"element/prune sparsity=0.7", "element/prune+ans sparsity=0.7",
        "block/prune+ans block_columns=4 sparsity=0.7", "feature_map/prune sparsity=0.7"}) {
    const Weights kept = round_trip(weights, shape, candidate);
    for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_TRUE(kept[i] == 0 || kept[i] == weights[i]);
  }
}

TEST(Prune, TheEndsOfSparsityAreNothingAndEverything) {
  const Weights weights = {1, -2, 3, -4};
  EXPECT_EQ(round_trip(weights, {4}, "element/prune sparsity=0"), weights);
  EXPECT_EQ(round_trip(weights, {4}, "element/prune sparsity=1"), Weights(4));
}

TEST(Prune, DeadUnitsAreCountedForWhoSkipsThem) {
  const std::vector<float> weights = {5, 0, 2, 2, 1, -1};
  for (const char* candidate : {"feature_map/prune sparsity=0.34", "feature_map/prune+ans sparsity=0.34",
                                "feature_map/prune+quantize bits=4 sparsity=0.34",
                                "feature_map/prune+quantize+ans bits=4 sparsity=0.34"}) {
    const auto payload = encode_layer(weights, {3, 2}, parse_candidate(candidate)).payload;
    const PayloadInfo info = decode_layer(payload, {3, 2}).info;
    EXPECT_EQ(info.units, 3u) << candidate;
    EXPECT_EQ(info.dead_units, 1u) << candidate;
    EXPECT_EQ(info.coded_symbols, 4u) << candidate;
  }
}

}  // namespace
}  // namespace adagrain
