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
#include "tests/extending/reversed_coder.h"

namespace adagrain {
namespace {

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
