// Every cell of granularity x scheme: what is decoded from the bytes is what the transforms decided.
#include "framework/compression/payload/layer_codec.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "framework/bench/symbol_sources.h"
#include "framework/compression/granularities/granularity.h"
#include "framework/compression/grouping/stored_grouping.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/compression/payload/payload_view.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

std::vector<std::uint32_t> bits_of(std::span<const float> values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

std::vector<float> sample_importance(std::size_t count) {
  RandomStream random(3, "importance");
  std::vector<float> importance(count);
  for (float& value : importance) value = static_cast<float>(random.uniform());
  return importance;
}

class LayerCodec : public testing::TestWithParam<Candidate> {};

TEST_P(LayerCodec, DecodingGivesWhatTheTransformsDecided) {
  for (const Shape& shape : sample_shapes()) {
    SCOPED_TRACE(testing::PrintToString(shape));
    const std::vector<float> weights = sample_weights(shape);
    const std::vector<float> importance = sample_importance(weights.size());
    const LayerEvidence evidence{importance};
    const LayerCode code = transform_layer(weights, shape, GetParam(), evidence);
    const std::vector<float> expected = reconstruct(code, cut_layer(GetParam(), code.shape));
    const EncodedLayer encoded = encode_layer(weights, shape, GetParam(), evidence);
    const DecodedLayer decoded = decode_layer(encoded.payload, shape);

    EXPECT_EQ(bits_of(decoded.weights), bits_of(expected));
    EXPECT_EQ(encoded.parts.total(), encoded.payload.size());
    EXPECT_EQ(decoded.info.parts.side_bytes, encoded.parts.side_bytes);
    EXPECT_EQ(decoded.info.parts.table_bytes, encoded.parts.table_bytes);
    EXPECT_EQ(decoded.info.parts.data_bytes, encoded.parts.data_bytes);
    EXPECT_EQ(decoded.info.granularity, GetParam().granularity);
    EXPECT_EQ(decoded.info.pruned, code.pruned);
    EXPECT_EQ(decoded.info.quantized, GetParam().has("quantize"));
    EXPECT_EQ(decoded.info.coder != "raw", GetParam().has("ans"));
    EXPECT_EQ(decoded.info.coder, encoded.choice.taken);
    const auto nonzero = static_cast<std::uint64_t>(
        std::count_if(expected.begin(), expected.end(), [](float weight) { return weight != 0; }));
    EXPECT_EQ(decoded.info.nonzero_weights, nonzero);
    EXPECT_LE(decoded.info.dead_units, decoded.info.units);
  }
}

TEST_P(LayerCodec, EncodingIsDeterministicAndDecodedWeightsAreFinite) {
  const Shape shape = {13, 37};
  const std::vector<float> weights = sample_weights(shape, 2);
  const EncodedLayer encoded = encode_layer(weights, shape, GetParam(), EqualImportance(weights.size()));
  EXPECT_EQ(encoded.payload,
            encode_layer(weights, shape, GetParam(), EqualImportance(weights.size())).payload);
  for (const float weight : decode_layer(encoded.payload, shape).weights) ASSERT_TRUE(std::isfinite(weight));
}

// That a shorter payload still says something is rare; that the file is damaged its checksum tells.
TEST_P(LayerCodec, ATruncationIsADataErrorOrOtherWeightsAndFlippedBitsAreSafe) {
  const Shape shape = {4, 9};
  const std::vector<float> original = sample_weights(shape);
  std::vector<std::uint8_t> bytes =
      encode_layer(original, shape, GetParam(), EqualImportance(original.size())).payload;
  const std::vector<float> weights = decode_layer(bytes, shape).weights;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    try {
      EXPECT_NE(decode_layer(std::span(bytes).first(size), shape).weights, weights) << size;
    } catch (const DataError&) {
    }
  }
  const std::size_t stride = 1 + bytes.size() / 16;  // all bits of short payloads, about 128 of long ones
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += stride) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    try {
      EXPECT_EQ(decode_layer(bytes, shape).weights.size(), 36u);
    } catch (const DataError&) {
    }
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
  bytes.push_back(0);
  try {
    EXPECT_NE(decode_layer(bytes, shape).weights, weights) << "a byte too many";
  } catch (const DataError&) {
  }
}

// All zeros, all equal, one giant, the least floats and the largest that lossy schemes take.
TEST_P(LayerCodec, ExtremeValuesRoundTrip) {
  const Shape shape = {4, 8};
  const float tiny = std::numeric_limits<float>::denorm_min(), huge = 0x1p+120F;
  std::vector<std::vector<float>> layers = {std::vector<float>(32, 0.0F), std::vector<float>(32, -2.5F),
                                            std::vector<float>(32, tiny), std::vector<float>(32, huge)};
  layers.push_back(sample_weights(shape));
  layers.back()[5] = -huge;
  layers.push_back(sample_weights(shape));
  layers.back()[9] = tiny;
  layers.push_back(std::vector<float>(32, 0.0F));
  layers.back()[31] = -tiny;
  layers.push_back(std::vector<float>(32, huge));
  layers.back()[0] = -huge;
  for (const std::vector<float>& weights : layers) {
    SCOPED_TRACE(testing::PrintToString(weights));
    const LayerCode code = transform_layer(weights, shape, GetParam(), EqualImportance(weights.size()));
    const std::vector<float> expected = reconstruct(code, cut_layer(GetParam(), code.shape));
    const std::vector<float> decoded =
        decode_layer(encode_layer(weights, shape, GetParam(), EqualImportance(weights.size())).payload, shape)
            .weights;
    EXPECT_EQ(bits_of(decoded), bits_of(expected));
    for (const float weight : decoded) ASSERT_TRUE(std::isfinite(weight)) << weight;
  }
}

TEST_P(LayerCodec, WhatIsNoFiniteNumberIsRefusedWhereLossyAndKeptWhereNot) {
  const Shape shape = {2, 3};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::max()}) {
    std::vector<float> weights(6, 1.0F);
    weights[4] = bad;
    if (GetParam().scheme == std::vector<std::string>{"ans"}) {
      const auto payload = encode_layer(weights, shape, GetParam(), EqualImportance(weights.size())).payload;
      EXPECT_EQ(bits_of(decode_layer(payload, shape).weights), bits_of(weights));
      continue;
    }
    try {
      encode_layer(weights, shape, GetParam(), EqualImportance(weights.size()));
      FAIL() << "accepted " << bad;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find("element 4"), std::string::npos) << error.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryCell, LayerCodec, testing::ValuesIn(every_cell()), [](const auto& test) {
  std::string name = to_string(test.param);
  for (char& letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return name;
});

TEST(LosslessLayer, EveryBitPatternSurvives) {
  const Shape shape = {64, 64};
  RandomStream random(4, "bit patterns");
  std::vector<float> weights(64 * 64);
  for (float& weight : weights) weight = std::bit_cast<float>(static_cast<std::uint32_t>(random.next()));
  weights[0] = -0.0F;
  weights[1] = std::bit_cast<float>(0x7FC12345u);  // NaN with a payload
  weights[2] = std::bit_cast<float>(0xFF800001u);  // signalling
  weights[3] = std::numeric_limits<float>::denorm_min();
  for (const std::string granularity : {"layer", "element", "block", "feature_map"}) {
    for (const int speed : {0, 1, 2}) {
      const EncodedLayer encoded = encode_layer(weights, shape, {granularity, {"ans"}, {{"speed", speed}}});
      EXPECT_EQ(bits_of(decode_layer(encoded.payload, shape).weights), bits_of(weights)) << granularity;
      // Incompressible planes are stored as they are.
      EXPECT_LE(encoded.payload.size(), weights.size() * 4 + 16) << granularity;
    }
  }
}

TEST(LosslessLayer, RealWeightsShrinkByTheirExponents) {
  const Shape shape = {128, 128};
  const std::vector<float> weights = sample_weights(shape);
  const std::size_t size = encode_layer(weights, shape, parse_candidate("layer/ans")).payload.size();
  EXPECT_LT(size, weights.size() * 4 * 86 / 100);
}

TEST(LayerPayload, AFixedWidthPayloadIsBitsTimesWeights) {
  const Shape shape = {10, 100};
  const EncodedLayer encoded =
      encode_layer(sample_weights(shape), shape, parse_candidate("layer/quantize bits=4"));
  EXPECT_EQ(encoded.parts.data_bytes, 1 + 1000u * 4 / 8);  // and a byte that says the width
  EXPECT_EQ(encoded.parts.table_bytes, 0u);
  EXPECT_LE(encoded.parts.side_bytes, 9u);
}

// On small tensors what stands beside the code decides: step, table, state.
TEST(LayerPayload, AThousandIndependentWeightsTakeThreePercentOverTheirEntropy) {
  const Shape shape = {25, 40};
  for (const Distribution& distribution : {gauss_distribution(1.94), laplace_distribution(0.53)}) {
    ASSERT_NEAR(entropy_bits(distribution), 3, 0.1);
    double bytes = 0, bound = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const Bytes symbols = draw_symbols(distribution, 1000, seed);
      std::vector<float> weights;
      for (const std::uint8_t symbol : symbols) weights.push_back(static_cast<std::int8_t>(symbol));
      const auto payload = encode_layer(weights, shape, parse_candidate("layer/quantize+ans step=1")).payload;
      EXPECT_EQ(decode_layer(payload, shape).weights, weights);
      bytes += static_cast<double>(payload.size() - 2);  // the head is the file's frame
      bound += shannon_bytes<std::uint8_t>(symbols);
    }
    EXPECT_LT(bytes, 1.03 * bound);
  }
}

TEST(LayerPayload, AFullyPrunedLayerIsAFewBytes) {
  const Shape shape = {500, 800};
  const std::vector<float> weights = sample_weights(shape);
  for (const char* candidate : {"element/prune+quantize+ans sparsity=1",
                                "feature_map/prune+quantize+ans sparsity=1", "block/prune+ans sparsity=1"}) {
    const EncodedLayer encoded = encode_layer(weights, shape, parse_candidate(candidate));
    EXPECT_LE(encoded.payload.size(), 24u) << candidate;
    EXPECT_EQ(decode_layer(encoded.payload, shape).info.nonzero_weights, 0u);
  }
}

// H(0.99) = 0.081 bits for which weights survive, and a few bits for each that does.
TEST(LayerPayload, ZerosOfASparseLayerCostTheirEntropyAndNoMask) {
  const Shape shape = {300, 300};
  const EncodedLayer encoded = encode_layer(
      sample_weights(shape), shape, parse_candidate("element/prune+quantize+ans bits=4 sparsity=0.99"));
  const double bits_per_weight = 8.0 * static_cast<double>(encoded.payload.size()) / 90'000;
  EXPECT_LT(bits_per_weight, 0.081 + 0.01 * 3 + 0.01);
  EXPECT_EQ(decode_layer(encoded.payload, shape).info.nonzero_weights, 900u);
}

TEST(LayerPayload, UnitsOfUnequalScaleGainFromTablesOfTheirOwn) {
  const Shape shape = {64, 1024};
  std::vector<float> weights = sample_weights(shape);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= i / 1024 % 2 == 0 ? 1.0F : 0.05F;
  const auto size = [&](const char* candidate) {
    return encode_layer(weights, shape, parse_candidate(candidate)).payload.size();
  };
  EXPECT_LT(size("layer/ans speed=1"), size("layer/ans speed=2") * 99 / 100);
  EXPECT_LT(size("layer/quantize+ans step=0.02 speed=1"),
            size("layer/quantize+ans step=0.02 speed=2") * 9 / 10)
      << "at speed 1 rows are told apart by their scale";
}

// What is kept apart in weights whose scale changes every so many columns and every so many rows.
Grouping grouping_of(const char* candidate, int columns, int rows) {
  const Shape shape = {32, 1024};
  std::vector<float> weights = sample_weights({1, 32 * 1024});
  for (int i = 0; i < 32 * 1024; ++i) {
    if ((i % 1024 / columns + i / 1024 / rows) % 2 == 0) weights[static_cast<std::size_t>(i)] *= 0.05F;
  }
  const EncodedLayer encoded = encode_layer(weights, shape, parse_candidate(candidate));
  const DecodedLayer decoded = decode_layer(encoded.payload, shape);
  const bool lossy = parse_candidate(candidate).has("quantize");
  EXPECT_TRUE(lossy || decoded.weights == weights);
  const PayloadView view(encoded.payload, shape);
  EXPECT_GT(view.grouping().tables, 1u) << candidate;
  return view.grouping().grouping;
}

TEST(LayerPayload, EveryGroupingIsTriedWhateverTheGranularity) {
  for (const char* granularity : {"layer", "element"}) {
    const std::string floats = fmt::format("{}/ans speed=1", granularity);
    const std::string levels = fmt::format("{}/quantize+ans step=0.02 speed=1", granularity);
    EXPECT_EQ(grouping_of(floats.c_str(), 1024, 1), Grouping::rows);
    EXPECT_EQ(grouping_of(floats.c_str(), 64, 1), Grouping::blocks);
    EXPECT_EQ(grouping_of(levels.c_str(), 64, 1), Grouping::blocks);
    EXPECT_EQ(grouping_of(levels.c_str(), 1, 32), Grouping::scales);
  }
  EXPECT_EQ(grouping_of("feature_map/ans speed=1", 1024, 1), Grouping::units);
  EXPECT_EQ(grouping_of("feature_map/ans speed=1", 64, 1), Grouping::blocks);
}

// 32,768 blocks, of which every third one decides.
TEST(LayerPayload, ManyGroupsShareTheTablesThatSomeOfThemAskFor) {
  const Shape shape = {2048, 1024};
  std::vector<float> weights = sample_weights({1, 2048 * 1024});
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= i / 64 % 5 < 2 ? 1.0F : 0.05F;
  const auto encoded = [&](const char* candidate) {
    return encode_layer(weights, shape, parse_candidate(candidate)).payload;
  };
  const Bytes precise = encoded("layer/ans speed=1");
  EXPECT_EQ(PayloadView(precise, shape).grouping().grouping, Grouping::blocks);
  EXPECT_LT(precise.size(), encoded("layer/ans speed=2").size() * 99 / 100);
  EXPECT_EQ(decode_layer(precise, shape).weights, weights);
}

TEST(LayerPayload, GroupingsThatExcludeEachOtherAreRefused) {
  const Shape shape = {64, 128};
  std::vector<float> weights = sample_weights(shape);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= i / 128 % 2 == 0 ? 1.0F : 0.05F;
  Bytes payload = encode_layer(weights, shape, parse_candidate("layer/ans")).payload;
  const std::size_t at = PayloadView(payload, shape).ranges().grouping.begin;
  const std::uint8_t good = payload.at(at);
  ASSERT_EQ(GroupingByte::parse(good)->grouping, Grouping::rows);
  const std::uint8_t tables = good & 15;
  for (const int bits : {0x00, 0x50, 0x60, 0xC0, 0x90, 0xF0}) {
    payload[at] = static_cast<std::uint8_t>(bits | tables);
    EXPECT_THROW(decode_layer(payload, shape), DataError) << bits;
  }
  for (const int count : {0, 1, 9, 15}) {
    payload[at] = static_cast<std::uint8_t>((good & 0xF0) | count);
    EXPECT_THROW(decode_layer(payload, shape), DataError) << count;
  }
}

TEST(LayerPayload, SpeedChoosesTheCoder) {
  const Shape shape = {50, 20, 5, 5};
  const std::vector<float> weights = sample_weights(shape);
  for (const char* granularity : {"layer", "element", "block", "feature_map"}) {
    for (const char* scheme : {"quantize+ans bits=3", "prune+quantize+ans bits=3", "ans", "prune+ans"}) {
      for (const int speed : {1, 2}) {
        if (std::string(granularity) == "layer" && scheme[0] == 'p') continue;
        const std::string text = fmt::format("{}/{}", granularity, scheme);
        const std::vector<float> slow =
            decode_layer(encode_layer(weights, shape, parse_candidate(text)).payload, shape).weights;
        const EncodedLayer fast =
            encode_layer(weights, shape, parse_candidate(fmt::format("{} speed={}", text, speed)));
        const DecodedLayer decoded = decode_layer(fast.payload, shape);
        EXPECT_EQ(decoded.info.coder, "interleaved") << text;
        EXPECT_EQ(decoded.weights, slow) << text;
        EXPECT_EQ(decoded.info.parts.total(), fast.payload.size()) << text;
        EXPECT_EQ(decoded.info.parts.table_bytes, fast.parts.table_bytes) << text;
      }
    }
  }
}

// More than a chunk in one table, and several tables.
TEST(LayerPayload, ThreadsMakeAndReadTheSameBytes) {
  const Shape shape = {1100, 4096};
  std::vector<float> weights = sample_weights(shape);
  for (std::size_t i = 0; i < weights.size(); i += 3) weights[i] *= 0.1F;
  for (const char* text : {"layer/quantize+ans step=0.02 speed=1", "layer/quantize+ans step=0.02 speed=2"}) {
    const EncodedLayer one = encode_layer(weights, shape, parse_candidate(text));
    EXPECT_EQ(encode_layer(weights, shape, parse_candidate(text), {}, 3).payload, one.payload) << text;
    EXPECT_EQ(decode_layer(one.payload, shape, 3).weights, decode_layer(one.payload, shape).weights) << text;
  }
}

// A layer that sees images: large weights stand in patches, which no static table can tell.
TEST(LayerPayload, TheAdaptiveCoderIsTakenWhereNeighboursTellMore) {
  const Shape shape = {40, 784};
  std::vector<float> weights = sample_weights(shape);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t row = i / 784, x = i % 784 % 28, y = i % 784 / 28;
    if ((x + 3 * row) / 7 % 2 != (y + row) / 7 % 2) weights[i] *= 0.05F;
  }
  const EncodedLayer encoded = encode_layer(weights, shape, parse_candidate("element/quantize+ans bits=4"));
  const DecodedLayer decoded = decode_layer(encoded.payload, shape);
  EXPECT_EQ(decoded.info.coder, "adaptive");
  EXPECT_EQ(
      decoded.weights,
      decode_layer(
          encode_layer(weights, shape, parse_candidate("element/quantize+ans bits=4 speed=1")).payload, shape)
          .weights);
}

TEST(LayerPayload, AFewWeightsAreNotInterleaved) {
  const Shape shape = {20, 20};
  const EncodedLayer encoded =
      encode_layer(sample_weights(shape), shape, parse_candidate("layer/quantize+ans bits=4 speed=2"));
  EXPECT_EQ(decode_layer(encoded.payload, shape).info.coder, "static");
}

TEST(LayerPayload, AnAdaptivePayloadMustBeOfLevels) {
  const Shape shape = {50, 20};
  std::vector<std::uint8_t> payload =
      encode_layer(sample_weights(shape), shape, parse_candidate("layer/ans")).payload;
  payload[1] = static_cast<std::uint8_t>((payload[1] & ~63) | Registry<LayerCoder>::create("adaptive")->id());
  EXPECT_THROW(decode_layer(payload, shape), DataError);
}

TEST(LayerPayload, AShapeBeyondThirtyTwoBitsIsRefusedBeforeAnythingIsAllocated) {
  const std::vector<std::uint8_t> payload = {0x10, 0x00, 0x80, 0x3E, 0, 0};
  EXPECT_THROW(decode_layer(payload, {1 << 20, 1 << 20}), DataError);
}

TEST(LayerPayload, TheFixedMetadataOfALayerIsAtMostFiveBytes) {
  const Shape shape = {50, 20, 5, 5};
  const std::vector<float> weights = sample_weights(shape);
  for (const char* candidate : {"layer/quantize+ans bits=5", "layer/quantize+ans step=0.01",
                                "element/prune+quantize+ans sparsity=0.9 step=0.01"}) {
    EXPECT_LE(encode_layer(weights, shape, parse_candidate(candidate)).parts.side_bytes, 5u) << candidate;
  }
}

TEST(LayerPayload, ABadCandidateIsAConfigError) {
  EXPECT_THROW(encode_layer(std::vector<float>(4), {4}, {"layer", {"prune"}, {}}), ConfigError);
}

}  // namespace
}  // namespace adagrain
