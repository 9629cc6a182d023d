// Every registered layer coder keeps the promises of layer_coder.h: it codes any layer that it does not
// refuse, at every granularity and with masks, says beforehand about what that takes, is taken where a
// candidate names it, and comes to no harm from bytes that it never wrote.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <set>

#include "framework/compression/coders/coding_parameters.h"
#include "framework/compression/coders/layer_coder.h"
#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/payload_view.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

// Every granularity, with and without masks, levels of both kinds, few and many of them.
std::vector<std::string> schemes() {
  std::vector<std::string> all;
  for (const std::string& granularity : Registry<Granularity>::names()) {
    for (const char* scheme :
         {"ans", "quantize+ans bits=1", "quantize+ans bits=4", "quantize+ans bits=8",
          "quantize+ans bits=5 symmetric=0", "quantize+ans step=0.00001", "prune+ans sparsity=0.6",
          "prune+quantize+ans bits=4 sparsity=0.6", "prune+quantize+ans bits=3 sparsity=1"}) {
      if (granularity == "layer" && std::string(scheme).starts_with("prune")) continue;
      all.push_back(granularity + "/" + scheme);
    }
  }
  return all;
}

std::vector<std::uint32_t> bits_of(std::span<const float> values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

struct Case {
  std::string text;
  Shape shape;
  LayerCode code;
  Candidate candidate;
};

class LayerCoderContract : public testing::TestWithParam<std::string> {
 protected:
  // Calls each(case, encoded) for layers that the coder takes, and expects a reason of the others.
  template <typename Each>
  void for_each_layer(const std::vector<Shape>& shapes, const Each& each) const {
    std::size_t taken = 0;
    for (const std::string& scheme : schemes()) {
      for (const Shape& shape : shapes) {
        const std::string text = fmt::format("{} coder={}", scheme, GetParam());
        SCOPED_TRACE(text + " " + testing::PrintToString(shape));
        Case layer{text, shape, {}, parse_candidate(text)};
        layer.code = transform_layer(sample_weights(shape), shape, layer.candidate);
        try {
          const EncodedLayer encoded = encode_layer(layer.code, shape, layer.candidate);
          ++taken;
          each(layer, encoded);
        } catch (const ConfigError& error) {
          EXPECT_NE(std::string(error.what()).find("coder " + GetParam() + " codes"), std::string::npos)
              << error.what();
        }
      }
    }
    EXPECT_GT(taken, 0u) << "it refuses every layer";
  }

  const std::unique_ptr<LayerCoder> coder = Registry<LayerCoder>::create(GetParam());
};

TEST_P(LayerCoderContract, WhatIsDecodedIsWhatWasEncodedByTheNamedCoder) {
  for_each_layer(sample_shapes(), [&](const Case& layer, const EncodedLayer& encoded) {
    EXPECT_EQ(encoded.choice.taken, GetParam());
    const PayloadView view(encoded.payload, layer.shape);
    EXPECT_EQ(view.coder_name(), GetParam());
    EXPECT_EQ(view.head().coder, coder->id());
    const DecodedLayer decoded = decode_layer(view);
    const LayerUnits cut = cut_layer(layer.candidate, layer.code.shape);
    EXPECT_EQ(bits_of(decoded.weights), bits_of(reconstruct(layer.code, cut)));
    EXPECT_EQ(decoded.info.parts.total(), encoded.payload.size());
    EXPECT_EQ(decoded.info.parts.side_bytes, encoded.parts.side_bytes);
    EXPECT_EQ(decoded.info.parts.table_bytes, encoded.parts.table_bytes);
    // What is coded again from the decoded code is the same.
    if (layer.code.shape.count() > 0) {
      LayerCode again = decode_code(view);
      again.pruned = layer.code.pruned;
      again.alive = layer.code.alive;
      again.largest_step = layer.code.largest_step;
      EXPECT_EQ(encode_layer(again, layer.shape, layer.candidate).payload, encoded.payload);
    }
  });
}

TEST_P(LayerCoderContract, PartsOfThePayloadFollowEachOtherAndHoldAllSymbols) {
  for_each_layer(
      {{13, 129}, {16, 8, 3, 3}, {1, 9}, {64}}, [&](const Case& layer, const EncodedLayer& encoded) {
        const PayloadView view(encoded.payload, layer.shape);
        const PayloadRanges& parts = view.ranges();
        std::size_t end = 0;
        for (const ByteRange& part : {parts.head, parts.largest_step, parts.step_codes, parts.zero_levels,
                                      parts.mask, parts.grouping, parts.coder}) {
          if (part.size() == 0) continue;
          EXPECT_EQ(part.begin, end);
          end = part.end;
        }
        EXPECT_EQ(end, encoded.payload.size());
        std::uint64_t symbols = 0, planes = 0;
        std::size_t at = parts.coder.begin;
        for (const SymbolStream& stream : view.streams().streams) {
          EXPECT_GE(stream.bytes.begin, at);
          EXPECT_LE(stream.bytes.end, parts.coder.end);
          at = stream.bytes.end;
          symbols += stream.symbols;
          planes |= stream.plane < 0 ? 0 : 1u << stream.plane;
        }
        EXPECT_EQ(symbols, view.coded().count * (view.head().quantized() ? 1u : 4u));
        EXPECT_EQ(planes, view.head().quantized() || view.coded().count == 0 ? 0u : 15u);
        const DecoderNeeds needs = view.needs();
        EXPECT_LE(needs.symbols, symbols);
      });
}

TEST_P(LayerCoderContract, EncodingIsDeterministicWhateverTheThreads) {
  for_each_layer({{64, 129}}, [&](const Case& layer, const EncodedLayer& encoded) {
    EXPECT_EQ(encode_layer(layer.code, layer.shape, layer.candidate, 3).payload, encoded.payload);
  });
}

// The bound that layer_coder.h states.
TEST_P(LayerCoderContract, TakesNoMoreThanItsEstimateSays) {
  for_each_layer(
      {{13, 129}, {16, 8, 3, 3}, {64}, {100, 100}}, [&](const Case& layer, const EncodedLayer& encoded) {
        const PayloadView view(encoded.payload, layer.shape);
        if (view.coded().count == 0) return;
        const LayerValues values = layer_values(layer.shape, layer.code, view.cut(), view.coded());
        const auto estimate = static_cast<double>(coder->estimate(value_histogram(values)));
        const auto bytes = static_cast<double>(view.ranges().grouping.size() + view.ranges().coder.size());
        EXPECT_LE(bytes, 1.04 * estimate + 40);
      });
}

// Independent weights of one distribution, of which groups and neighbours tell nothing.
TEST_P(LayerCoderContract, EstimatesIndependentWeightsWithinTenPercent) {
  RandomStream random(1, "independent weights");
  const Shape shape = {100, 200};
  std::vector<float> weights(20'000);
  for (float& weight : weights) {
    double sum = 0;
    for (int i = 0; i < 6; ++i) sum += random.uniform() - 0.5;
    weight = static_cast<float>(sum);
  }
  const Candidate candidate =
      parse_candidate(fmt::format("element/quantize+ans coder={} step=0.1", GetParam()));
  const EncodedLayer encoded = encode_layer(weights, shape, candidate);
  const PayloadView view(encoded.payload, shape);
  const LayerCode code = decode_code(view);
  const auto estimate = coder->estimate(value_histogram(layer_values(shape, code, view.cut(), view.coded())));
  const auto bytes = static_cast<double>(view.ranges().coder.size() + view.ranges().grouping.size());
  EXPECT_NEAR(bytes, static_cast<double>(estimate), 0.1 * bytes);
}

TEST_P(LayerCoderContract, ATruncationIsADataErrorOrOtherWeightsAndFlippedBitsAreSafe) {
  for_each_layer({{4, 9}, {20, 30}}, [&](const Case& layer, const EncodedLayer& encoded) {
    const std::vector<float> weights = decode_layer(encoded.payload, layer.shape).weights;
    const auto decoded = [&](std::span<const std::uint8_t> bytes) -> std::optional<std::vector<float>> {
      try {
        const PayloadView view(bytes, layer.shape);
        view.needs();
        return decode_layer(view).weights;
      } catch (const DataError&) {
        return std::nullopt;
      }
    };
    Bytes bytes = encoded.payload;
    const std::size_t cut = 1 + bytes.size() / 24, stride = 1 + bytes.size() / 8;
    for (std::size_t size = 0; size < bytes.size(); size += cut) {
      const auto other = decoded(std::span(bytes).first(size));
      EXPECT_TRUE(!other || bits_of(*other) != bits_of(weights)) << size;
    }
    for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += stride) {
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      const auto other = decoded(bytes);
      EXPECT_TRUE(!other || other->size() == weights.size());
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(All, LayerCoderContract, testing::ValuesIn(Registry<LayerCoder>::names()),
                         [](const auto& test) { return test.param; });

TEST(LayerCoders, HaveIdsOfTheirOwn) {
  std::set<int> ids;
  for (const std::string& name : Registry<LayerCoder>::names()) {
    const auto coder = Registry<LayerCoder>::create(name);
    EXPECT_LE(coder->id(), kLargestCoderId) << name;
    EXPECT_TRUE(ids.insert(coder->id()).second) << name;
    EXPECT_EQ(coder_of_id(coder->id())->name, name);
  }
}

// Others may come between them: values of `coder` are kept as words.
TEST(LayerCoders, AreWordsOfCandidates) {
  const std::vector<std::string> words = coder_words();
  EXPECT_EQ(words.front(), "any");
  EXPECT_EQ(words.size(), Registry<LayerCoder>::names().size() + 1);
  for (const std::string& word : words) {
    const std::string text = "element/quantize+ans bits=4 coder=" + word;
    EXPECT_EQ(to_string(parse_candidate(text)), text);
  }
  try {
    parse_candidate("element/quantize+ans coder=huffman");
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("any, raw, static, adaptive, interleaved"), std::string::npos)
        << error.what();
  }
  EXPECT_THROW(parse_candidate("element/quantize coder=static"), ConfigError)
      << "without ans there is no coder";
}

}  // namespace
}  // namespace adagrain
