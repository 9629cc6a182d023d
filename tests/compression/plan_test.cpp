#include "framework/compression/plan.h"

#include <gtest/gtest.h>

#include "framework/core/error.h"

namespace adagrain {
namespace {

Plan sample_plan() {
  Plan plan;
  plan.layers["fc.weight"] = parse_candidate("element/prune+quantize+ans sparsity=0.9 step=0.03");
  plan.layers["conv \"1\".weight"] = parse_candidate("feature_map/quantize bits=4");
  plan.small_tensors = SmallTensorRule::quantized;
  return plan;
}

TEST(Plan, ItsTextIsCanonical) {
  EXPECT_EQ(
      to_json(sample_plan()),
      R"({"layers":{"conv \"1\".weight":"feature_map/quantize bits=4",)"
      R"("fc.weight":"element/prune+quantize+ans sparsity=0.9 step=0.03"},"small_tensors":"quantized"})");
}

TEST(Plan, TextComesBackAsThePlan) {
  EXPECT_EQ(parse_plan(to_json(sample_plan()), "here"), sample_plan());
  for (const SmallTensorRule rule : {SmallTensorRule::float32, SmallTensorRule::float16}) {
    EXPECT_EQ(parse_plan(to_json({{}, rule}), "here"), (Plan{{}, rule}));
  }
}

TEST(Plan, EachMistakeIsAConfigErrorThatSaysWhere) {
  for (const char* text :
       {"", "[]", "{", R"({"layers":{}})", R"({"layers":[],"small_tensors":"float16"})",
        R"({"layers":{},"small_tensors":"float64"})", R"({"layers":{},"small_tensors":"float16","x":1})",
        R"({"layers":{"a":3},"small_tensors":"float16"})",
        R"({"layers":{"a":"layer/quantize bits=9"},"small_tensors":"float16"})",
        R"({"layers":{"a":"layer/ans","a":"layer/ans"},"small_tensors":"float16"})"}) {
    try {
      parse_plan(text, "file.grain");
      ADD_FAILURE() << text;
    } catch (const ConfigError& error) {
      EXPECT_EQ(std::string(error.what()).find("file.grain: "), 0u) << error.what();
    }
  }
}

TEST(Plan, ABrokenTextAndAStrangeKeyAreTold) {
  const auto message = [](const std::string& text) -> std::string {
    try {
      parse_plan(text, "file.json");
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message(R"({"layers":{},)").find("file.json: not a plan: parse error at line 1, column 14"), 0u);
  EXPECT_EQ(message(R"({"layers":{},"small_tensors":"float16","x":1})"),
            "file.json: unknown key 'x'; known here: layers, small_tensors");
  EXPECT_EQ(message(R"({"layers":{"a":"layer/ans"},"layers":{},"small_tensors":"float16"})"),
            "file.json: key 'layers' is given twice");
}

TEST(Plan, NestingOfAnyDepthIsRefusedAtOnce) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string text = "{\"layers\":";
    for (int level = 0; level < 1'000'000; ++level) text += open;
    try {
      parse_plan(text, "file.json");
      ADD_FAILURE() << open;
    } catch (const ConfigError& error) {
      EXPECT_EQ(std::string(error.what()), "file.json: not a plan: nested deeper than 8 levels");
    }
  }
}

}  // namespace
}  // namespace adagrain
