// A coder of one's own is one file with its registration. This one is of the tests alone: levels of one byte,
// last to first, after a mark. It is then named in candidates, encodes, stands in files, is traced and priced
// and shown, and nothing else knows its name.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/compression/coders/layer_coder.h"
#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/payload_view.h"
#include "framework/compression/plan.h"
#include "framework/container/grain_file.h"
#include "framework/container/inspection.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

constexpr std::uint8_t kReversedCoderId = 40;
constexpr std::uint8_t kReversedMark = 0xA7;

class ReversedCoder : public LayerCoder {
 public:
  std::uint8_t id() const override { return kReversedCoderId; }
  CoderUse use() const override { return {std::nullopt, 1, 100}; }

  std::string refusal(const LayerValues& layer) const override {
    if (!layer.levels()) return "codes levels, not float32";
    if (layer.lowest < -128 || layer.highest > 127) return "codes levels of a byte";
    return "";
  }
  std::uint64_t estimate(const ValueHistogram& histogram) const override { return 1 + histogram.weights(); }

  EncodedWeights encode(const LayerValues& layer, const CodingOptions&) const override {
    EncodedWeights encoded;
    for (const std::uint32_t element : layer.coded.elements())
      encoded.bytes.push_back(static_cast<std::uint8_t>(layer.code.levels[element]));
    encoded.bytes.push_back(kReversedMark);
    std::reverse(encoded.bytes.begin(), encoded.bytes.end());
    return encoded;
  }

  CodedStreams split(ByteReader& reader, const CodedLayout& layout) const override {
    require<DataError>(layout.levels && layout.tables == nullptr, "reversed: is for levels, without groups");
    require<DataError>(reader.number<std::uint8_t>() == kReversedMark, "reversed: the mark is missing");
    CodedStreams streams;
    const std::size_t begin = reader.position();
    reader.take(layout.coded.count);
    streams.streams.push_back({{begin, reader.position()}, layout.coded.count, 256, true, -1, -1});
    return streams;
  }
  DecodedWeights decode(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                        const CodedLayout& layout, int) const override {
    const auto bytes = streams.streams.at(0).bytes.of(payload);
    std::vector<std::int32_t> levels(static_cast<std::size_t>(layout.matrix.count()));
    auto next = bytes.rbegin();
    for (const std::uint32_t element : layout.coded.elements())
      levels[element] = static_cast<std::int8_t>(*next++);
    return {std::move(levels)};
  }
  DecoderNeeds needs(std::span<const std::uint8_t>, const CodedStreams&,
                     const CodedLayout& layout) const override {
    DecoderNeeds needs;
    needs.symbols = layout.coded.count;
    needs.backward = true;
    return needs;
  }
};

const bool registered = Registry<LayerCoder>::add("reversed", "of the tests: bytes, last to first",
                                                  [] { return std::make_unique<ReversedCoder>(); });

constexpr const char* kCandidate = "element/prune+quantize+ans bits=6 coder=reversed sparsity=0.5";

TEST(OwnCoder, IsNamedInCandidatesAndComesBackFromThem) {
  const Candidate candidate = parse_candidate(kCandidate);
  EXPECT_EQ(to_string(candidate), kCandidate);
  EXPECT_NE(parameter_help().find("reversed"), std::string::npos);
  const Plan plan = {{{"a.weight", candidate}}, SmallTensorRule::float16};
  EXPECT_EQ(parse_plan(to_json(plan), "plan"), plan);
}

TEST(OwnCoder, CodesALayerAndIsTraced) {
  const Shape shape = {12, 40};
  const std::vector<float> weights = sample_weights(shape);
  const EncodedLayer encoded = encode_layer(weights, shape, parse_candidate(kCandidate));
  EXPECT_EQ(encoded.choice.taken, "reversed");
  ASSERT_EQ(encoded.choice.priced.size(), 1u);
  EXPECT_EQ(encoded.choice.priced[0].name, "reversed");
  EXPECT_EQ(encoded.choice.priced[0].bytes, 1u + weights.size());
  const DecodedLayer decoded = decode_layer(encoded.payload, shape);
  EXPECT_EQ(decoded.info.coder, "reversed");
  EXPECT_EQ(decoded.info.parts.total(), encoded.payload.size());
  EXPECT_EQ(decoded.weights,
            decode_layer(encode_layer(weights, shape,
                                      parse_candidate("element/prune+quantize+ans bits=6 sparsity=0.5"))
                             .payload,
                         shape)
                .weights);
  EXPECT_TRUE(PayloadView(encoded.payload, shape).needs().backward);
}

TEST(OwnCoder, IsNotAskedUnlessItIsNamed) {
  const Shape shape = {12, 40};
  for (const char* candidate : {"element/quantize+ans bits=6", "element/quantize+ans bits=6 speed=1"}) {
    for (const PricedCoder& each :
         encode_layer(sample_weights(shape), shape, parse_candidate(candidate)).choice.priced)
      EXPECT_NE(each.name, "reversed");
  }
}

TEST(OwnCoder, SaysWhyItCannotTakeALayer) {
  const Shape shape = {12, 40};
  try {
    encode_layer(sample_weights(shape), shape, parse_candidate("layer/ans coder=reversed"));
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("coder reversed codes levels, not float32"), std::string::npos)
        << error.what();
  }
}

TEST(OwnCoder, StandsInAFileThatInspectShows) {
  const Tensor weight{"a.weight", {12, 40}, sample_weights({12, 40})};
  const Plan plan = {{{"a.weight", parse_candidate(kCandidate)}}, SmallTensorRule::float16};
  for (const bool store_plan : {false, true}) {
    const Bytes file = encode_grain({weight}, plan, {}, {store_plan, ""});
    const GrainReader reader = GrainReader::parse(file, "x");
    const GrainInspection report = inspect_grain(reader, "x", {.price_coders = true});
    ASSERT_TRUE(report.sound()) << describe_damage(report);
    EXPECT_EQ(report.tensors[0].info->coder, "reversed");
    EXPECT_NE(to_table(report).tab_separated().find("prune+quantize+ans\treversed"), std::string::npos);
    const std::string prices = coder_table(report).tab_separated();
    EXPECT_NE(prices.find("reversed B"), std::string::npos) << prices;
    EXPECT_NE(prices.find("\t481"), std::string::npos) << prices;
    const auto json = nlohmann::json::parse(to_json(report))["tensors"][0];
    EXPECT_EQ(json["coders"]["reversed"]["bytes"], 481);
    EXPECT_EQ(json["coders"]["reversed"]["estimated_bytes"], 481);
    EXPECT_EQ(json.contains("candidate"), store_plan);
  }
}

}  // namespace
}  // namespace adagrain
