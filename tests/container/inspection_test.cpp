#include "framework/container/inspection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/container/checkpoint_file.h"
#include "framework/container/grain_writer.h"
#include "framework/container/safetensors.h"
#include "framework/container/uniform_plan.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "tests/container/sample_checkpoint.h"

namespace adagrain {
namespace {

Bytes lenet5_file(const GrainOptions& options = {}) {
  const Checkpoint checkpoint = lenet5_checkpoint();
  return encode_grain(checkpoint, plan_for(checkpoint, "feature_map/quantize+ans bits=4"), {}, options);
}

GrainInspection report_of(const Bytes& bytes) {
  return inspect_grain(GrainReader::parse(bytes, "x.grain"), "x.grain", {.threads = 2});
}

TEST(GrainInspection, EveryByteIsAccountedFor) {
  const Bytes bytes = lenet5_file({true, "note"});
  const GrainInspection report = report_of(bytes);
  std::uint64_t rows = 0, payloads = 0;
  for (const TensorInspection& tensor : report.tensors) {
    rows += tensor.entry.directory_bytes;
    payloads += tensor.payload_bytes();
    if (tensor.info) {
      EXPECT_EQ(tensor.info->parts.total(), tensor.payload_bytes()) << tensor.entry.name;
    }
  }
  EXPECT_EQ(report.file_bytes, bytes.size());
  EXPECT_EQ(report.overhead_bytes + payloads, bytes.size());
  EXPECT_LT(rows, report.overhead_bytes);
}

TEST(GrainInspection, RatioIsAgainstTheFloat32File) {
  const Bytes bytes = lenet5_file();
  const GrainInspection report = report_of(bytes);
  EXPECT_EQ(report.safetensors_bytes, safetensors_bytes(lenet5_checkpoint()));
  EXPECT_DOUBLE_EQ(report.ratio(),
                   static_cast<double>(report.safetensors_bytes) / static_cast<double>(bytes.size()));
  EXPECT_GT(report.ratio(), 7.0);
}

TEST(GrainInspection, TheTableHasARowPerTensorAndTheTotals) {
  const std::string text = to_table(report_of(lenet5_file())).tab_separated();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 8 + 1);
  EXPECT_NE(text.find("conv2.weight\t50x20x5x5\tfeature_map\tquantize+ans"), std::string::npos) << text;
  EXPECT_NE(text.find("conv2.bias\t50\t-\tfloat16"), std::string::npos) << text;
  EXPECT_NE(text.find("total\t431080"), std::string::npos) << text;
}

TEST(GrainInspection, SharesOfACutFileAreOfTheWholeFile) {
  Bytes bytes = lenet5_file();
  const GrainInspection whole = report_of(bytes);
  const auto share = fmt::format("\t{:.2f}\t", 100.0 * static_cast<double>(whole.tensors[4].file_bytes()) /
                                                   static_cast<double>(bytes.size()));
  bytes.resize(whole.overhead_bytes + 100);
  const std::string text = to_table(report_of(bytes)).tab_separated();
  const std::size_t damaged = text.find("fc1.weight\t500x800\t-\tDAMAGED");
  ASSERT_NE(damaged, std::string::npos) << text;
  EXPECT_NE(text.find(share, damaged), std::string::npos) << text;
}

TEST(GrainInspection, JsonSaysTheSame) {
  const GrainInspection report = report_of(lenet5_file({false, "a \"note\""}));
  const nlohmann::json json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json["file_bytes"], report.file_bytes);
  EXPECT_EQ(json["provenance"], "a \"note\"");
  ASSERT_EQ(json["tensors"].size(), 8U);
  EXPECT_EQ(json["tensors"][2]["name"], "conv2.weight");
  EXPECT_EQ(json["tensors"][2]["shape"], (std::vector<int>{50, 20, 5, 5}));
  EXPECT_EQ(json["tensors"][2]["granularity"], "feature_map");
  EXPECT_EQ(json["tensors"][3]["encoding"], "float16");
}

nlohmann::json parameters_of(const Tensor& tensor, const std::string& candidate) {
  const Checkpoint checkpoint = {tensor};
  const Bytes bytes = encode_grain(checkpoint, plan_for(checkpoint, candidate));
  return nlohmann::json::parse(to_json(report_of(bytes)))["tensors"][0]["parameters"];
}

// 14 is 7 levels of step 2, and a step of one unit is stored exactly where it has few digits.
TEST(GrainInspection, ParametersAreWhatThePayloadStores) {
  using Json = nlohmann::json;
  const Tensor weight{"a.weight", {2, 3}, {-14, 4, 0, 6, -2, 14}};
  const Json four = {
      {"bits", 4}, {"lowest_level", -7}, {"highest_level", 7}, {"step", 2.0}, {"symmetric", true}};
  EXPECT_EQ(parameters_of(weight, "layer/quantize bits=4"), four);
  EXPECT_EQ(parameters_of(weight, "layer/quantize+ans bits=4"), four);
  EXPECT_EQ(parameters_of(weight, "element/prune+quantize+ans bits=4 sparsity=0.1"), four);
  EXPECT_EQ(
      parameters_of(weight, "element/quantize+ans step=1"),
      (Json{{"bits", 5}, {"lowest_level", -14}, {"highest_level", 14}, {"step", 1.0}, {"symmetric", true}}));
  // Zero levels are stored apart: levels count from 0. 30 is the range of the larger row, 15 levels of
  // step 2.
  EXPECT_EQ(parameters_of({"a.weight", {2, 2}, {-10, 20, 0, 15}}, "feature_map/quantize bits=4 symmetric=0"),
            (Json{{"bits", 4},
                  {"lowest_level", 0},
                  {"highest_level", 15},
                  {"largest_step", 2.0},
                  {"symmetric", false}}));
  EXPECT_EQ(
      parameters_of({"a.weight", {2, 2}, {-1, 1, 1, -1}}, "layer/quantize bits=1"),
      (Json{{"bits", 1}, {"lowest_level", -1}, {"highest_level", 1}, {"step", 1.0}, {"symmetric", true}}));
  EXPECT_EQ(
      parameters_of({"a.weight", {2, 2}, {0, 0, 0, 0}}, "layer/quantize+ans bits=4"),
      (Json{{"bits", 0}, {"lowest_level", 0}, {"highest_level", 0}, {"step", 0.0}, {"symmetric", true}}));
  EXPECT_EQ(parameters_of(weight, "block/quantize+ans bits=4 block_rows=1 block_columns=3"),
            (Json{{"block_columns", 3},
                  {"block_rows", 1},
                  {"bits", 4},
                  {"lowest_level", -7},
                  {"highest_level", 7},
                  {"largest_step", 2.0},
                  {"symmetric", true}}));
  EXPECT_EQ(parameters_of(weight, "layer/ans"), Json::object());
  EXPECT_EQ(parameters_of({"empty.weight", {0, 7}, {}}, "layer/quantize bits=4"), Json::object());
}

TEST(GrainInspection, LevelsAndStepsAreTheLastColumns) {
  const Checkpoint checkpoint = {{"a.weight", {2, 3}, {-14, 4, 0, 6, -2, 14}}, {"a.bias", {2}, {0, 1}}};
  const std::string text =
      to_table(report_of(encode_grain(checkpoint, plan_for(checkpoint, "layer/quantize bits=4"))))
          .tab_separated();
  EXPECT_NE(text.find("\tlevels\tlargest step\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\t-7..7\t2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\t-\t-\n"), std::string::npos) << text;
}

// Writing a tree of JSON recurses; a plan of brackets would end the program.
TEST(GrainInspection, APlanNestedTooDeepIsShownAsText) {
  const Checkpoint checkpoint = {{"a", {1}, {1}}};
  GrainWriter writer(payloads_in_memory());
  writer.begin("a", {1}, TensorEncoding::float32);
  writer.append(Bytes(4));
  writer.end();
  const std::string deep = std::string(400'000, '[') + std::string(400'000, ']');
  for (const std::string& plan : {deep, std::string("no JSON"), std::string("[[1]]")}) {
    Bytes file;
    writer.write(
        [&](std::span<const std::uint8_t> piece) { file.insert(file.end(), piece.begin(), piece.end()); },
        plan, {true, ""});
    const auto json = nlohmann::json::parse(to_json(report_of(file)));
    EXPECT_EQ(json["plan"], plan == "[[1]]" ? nlohmann::json::parse(plan) : nlohmann::json(plan));
  }
}

TEST(GrainInspection, DamageIsListedAndTheRestSalvaged) {
  Bytes bytes = lenet5_file();
  const GrainReader sound = GrainReader::parse(bytes, "x.grain");
  const Checkpoint truth = sound.decode_all();
  for (const std::size_t hurt : {2UL, 5UL}) bytes[sound.entries()[hurt].payload_offset] ^= 0x10;

  const GrainInspection report = report_of(bytes);
  EXPECT_EQ(report.damaged(), (std::vector<std::string>{"conv2.weight", "fc1.bias"}));
  EXPECT_FALSE(report.sound());
  EXPECT_NE(describe_damage(report).find("6 of 8 tensors can be decoded"), std::string::npos);
  EXPECT_NE(to_table(report).tab_separated().find("DAMAGED"), std::string::npos);

  const TemporaryFile salvaged("salvaged.safetensors");
  EXPECT_EQ(decompress_file(GrainReader::parse(bytes, "x.grain"), true, salvaged.path, {2}),
            report.damaged());
  const Checkpoint rest = read_safetensors(salvaged.path).tensors;
  ASSERT_EQ(rest.size(), 6U);
  EXPECT_EQ(rest[0], truth[0]);
  EXPECT_EQ(rest[5], truth[7]);
  EXPECT_TRUE(describe_damage(report_of(lenet5_file())).empty());
}

TEST(GrainInspection, SharedPayloadsAreCountedOnce) {
  Checkpoint tied = {sample_tensor("a.weight", {16, 16}), sample_tensor("b.weight", {16, 16})};
  tied[1].values = tied[0].values;
  const GrainInspection report = report_of(encode_grain(tied, plan_for(tied, "layer/ans")));
  EXPECT_EQ(report.tensors[1].payload_bytes(), 0U);
  EXPECT_EQ(report.overhead_bytes + report.tensors[0].payload_bytes(), report.file_bytes);
}

TEST(UniformPlan, GivesTheCandidateToWeightsOfTwoOrMoreDimensions) {
  const Candidate candidate = parse_candidate("layer/quantize bits=4");
  std::vector<SafetensorsEntry> listed = {{"tokens.weight", "I64", {3, 3}, 0, 72},
                                          {"positions", "F32", {1, 49, 64}, 0, 12'544},
                                          {"norm.weight", "F32", {64}, 0, 256},
                                          {"attention.in_proj_weight", "BF16", {3, 2}, 0, 12}};
  for (const Tensor& tensor : tiny_checkpoint()) {
    listed.push_back({tensor.name, "F32", tensor.shape, 0, 4 * tensor.values.size()});
  }
  const Plan plan = uniform_plan(listed, candidate, SmallTensorRule::float32);
  EXPECT_EQ(plan.layers.size(), 3U);
  EXPECT_TRUE(plan.layers.contains("conv.weight") && plan.layers.contains("fc.weight") &&
              plan.layers.contains("attention.in_proj_weight"));
  EXPECT_EQ(plan.small_tensors, SmallTensorRule::float32);
  EXPECT_THROW(parse_small_tensor_rule("float8"), ConfigError);
}

TEST(UniformPlan, SaysItsRuleWhereNoTensorIsALayer) {
  const std::vector<SafetensorsEntry> listed = {{"positions", "F32", {1, 49, 64}, 0, 12'544}};
  try {
    uniform_plan(listed, parse_candidate("layer/ans"), SmallTensorRule::float32);
    ADD_FAILURE();
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("none of 1 tensors"), std::string::npos) << text;
    EXPECT_NE(text.find("ends in \"weight\""), std::string::npos) << text;
    EXPECT_NE(text.find("--plan"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace adagrain
