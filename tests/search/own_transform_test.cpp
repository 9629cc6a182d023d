// A transform of one file and one registration goes everywhere: the ternary one of ternary_transform.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/compression/payload/layer_payload.h"
#include "framework/container/grain_file.h"
#include "framework/core/checkpoint.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/search/accuracy_monitor.h"
#include "framework/search/pricing.h"
#include "policies/candidate_features.h"
#include "policies/policy.h"
#include "tests/compression/sample_weights.h"
#include "tests/compression/transforms/ternary_transform.h"
#include "tests/container/sample_checkpoint.h"

namespace adagrain {
namespace {

ModelProfile profile_of(const Checkpoint& checkpoint) {
  ModelProfile profile;
  for (const Tensor& tensor : checkpoint) {
    LayerProfile& layer = profile.layers.emplace_back();
    layer.layer.weight_name = tensor.name;
    layer.layer.weight_shape = tensor.shape;
    layer.weights.rms = 0.05;
  }
  return profile;
}

CandidateSpace ternary_space() {
  return read_candidate_space(
      Config::parse("{granularities: [layer, feature_map], schemes: [ternary, ternary+ans, ans]}", "space"));
}

TEST(OwnTransform, IsParsedCheckedAndNamedInMistakes) {
  const std::string text = "block/prune+ternary+ans block_columns=16 sparsity=0.5 threshold=0.8";
  EXPECT_EQ(to_string(parse_candidate(text)), text);
  EXPECT_TRUE(loses(parse_candidate(text)));
  EXPECT_NE(parameter_help().find("threshold: largest weight that becomes zero"), std::string::npos);
  try {
    parse_candidate("layer/quantize+ternary");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("quantize or ternary"), std::string::npos) << error.what();
  }
  EXPECT_THROW(parse_candidate("layer/ternary threshold=9"), ConfigError);
  EXPECT_THROW(parse_candidate("layer/ternary bits=2"), ConfigError);
}

TEST(OwnTransform, IsWrittenToAFileAndDecoded) {
  const Checkpoint checkpoint = sample_checkpoint({{"conv.weight", {8, 4, 3, 3}}, {"fc.weight", {12, 50}}});
  for (const char* candidate :
       {"feature_map/ternary", "feature_map/ternary+ans", "element/prune+ternary+ans"}) {
    Plan plan = plan_for(checkpoint, candidate);
    const TemporaryFile file("own_transform.grain");
    write_file_atomically(file.path, encode_grain(checkpoint, plan));
    for (const Tensor& decoded : GrainReader::open(file.path).decode_all()) {
      const Tensor& original = *find_tensor(checkpoint, decoded.name);
      const std::size_t columns = original.values.size() / static_cast<std::size_t>(original.shape[0]);
      for (std::size_t row = 0; row < original.values.size() / columns; ++row) {
        std::set<float> magnitudes;
        for (std::size_t i = row * columns; i < (row + 1) * columns; ++i) {
          magnitudes.insert(std::abs(decoded.values[i]));
          if (decoded.values[i] != 0) {
            EXPECT_GT(decoded.values[i] * original.values[i], 0);
          }
        }
        EXPECT_EQ(magnitudes.size(), 2u) << candidate;  // zero and the step
        EXPECT_TRUE(magnitudes.contains(0.0F)) << candidate;
      }
    }
  }
}

TEST(OwnTransform, HasFinerAndCoarserNeighbours) {
  const Candidate candidate = parse_candidate("layer/ternary+ans threshold=1");
  const std::vector<Candidate> up = moves_up(candidate), down = moves_down(candidate);
  ASSERT_EQ(up.size(), 3u);
  EXPECT_EQ(up[0], parse_candidate("feature_map/ternary+ans threshold=1"));
  EXPECT_EQ(up[1], parse_candidate("layer/ternary+ans threshold=0.8"));
  EXPECT_EQ(up[2], lossless_candidate());
  ASSERT_EQ(down.size(), 1u);
  EXPECT_EQ(down[0], parse_candidate("layer/ternary+ans threshold=1.25"));
}

TEST(OwnTransform, IsEnumeratedPricedAndSeenByPolicies) {
  const Checkpoint checkpoint = sample_checkpoint({{"a.weight", {16, 40}}, {"b.weight", {8, 4, 3, 3}}});
  const ModelProfile profile = profile_of(checkpoint);
  const Pricer pricer(checkpoint, profile);
  const CandidateTable table = pricer.table(ternary_space(), 1);
  for (std::size_t layer = 0; layer < table.size(); ++layer) {
    ASSERT_EQ(table[layer].size(), 2u * (3 + 3 + 1));
    for (const PricedCandidate& one : table[layer]) {
      EXPECT_EQ(one.squared_error > 0, one.candidate.has("ternary")) << to_string(one.candidate);
      if (one.candidate.has("ternary")) {
        EXPECT_GT(one.sparsity, 0.2);
      }
      const std::vector<double> features = candidate_features(profile, layer, one);
      const std::vector<std::string> names = candidate_feature_names();
      const auto place = std::find(names.begin(), names.end(), "quantized") - names.begin();
      EXPECT_EQ(features[static_cast<std::size_t>(place)], one.candidate.has("ternary"));
    }
  }
  // Zeros cost nothing behind a coder, and steps of rows follow the rows.
  EXPECT_LT(pricer.price(0, parse_candidate("layer/ternary+ans threshold=2")).bytes,
            pricer.price(0, parse_candidate("layer/ternary+ans threshold=0.5")).bytes);
}

TEST(OwnTransform, IsInThePlansOfPolicies) {
  const Checkpoint checkpoint = sample_checkpoint({{"a.weight", {16, 40}}, {"b.weight", {8, 4, 3, 3}}});
  const ModelProfile profile = profile_of(checkpoint);
  const CandidateTable table = Pricer(checkpoint, profile).table(ternary_space(), 1);
  const std::pair<const char*, const char*> policies[] = {{"lagrangian", "error: squared"},
                                                          {"uniform", "candidate: layer/ternary+ans"}};
  for (const auto& [name, keys] : policies) {
    const auto policy = Registry<Policy>::create(name);
    policy->configure(Config::parse(keys, "test"));
    const PolicyInput input{profile, table, {}, 0};
    policy->prepare(input);
    const Plan plan = policy->plan(input, 1);
    for (const auto& [layer, candidate] : plan.layers) EXPECT_TRUE(candidate.has("ternary")) << name;
    EXPECT_EQ(parse_plan(to_json(plan), "plan"), plan);
  }
}

TEST(OwnTransform, TheMonitorsLastResortLeavesItLossless) {
  const Checkpoint checkpoint = sample_checkpoint({{"a.weight", {16, 40}}, {"b.weight", {8, 4, 3, 3}}});
  const ModelProfile profile = profile_of(checkpoint);
  Pricer pricer(checkpoint, profile);
  MonitorCallbacks callbacks;
  callbacks.price = [&](const std::string& layer, const Candidate& candidate) {
    return pricer.layer_price(layer, candidate);
  };
  callbacks.evaluate = [&](const Plan& plan) {
    const std::vector<std::uint8_t> bytes = encode_grain(checkpoint, plan);
    const Checkpoint decoded = GrainReader::parse(bytes, "memory").decode_all();
    Outcome outcome;
    outcome.file_bytes = bytes.size();
    outcome.reference_accuracy = 0.9;
    // Nothing but the original weights keeps the budget.
    for (const Tensor& tensor : checkpoint)
      outcome.accuracy += find_tensor(decoded, tensor.name)->values == tensor.values ? 0.45 : 0;
    return outcome;
  };
  callbacks.on_step = [](const MonitorStep&) {};
  callbacks.on_best = [](const Plan&, const Outcome&) {};
  for (const int evaluations : {3, 12}) {
    const MonitorResult result = AccuracyMonitor({0.5, evaluations}, callbacks).search([&](double) {
      return plan_for(checkpoint, "feature_map/ternary+ans");
    });
    EXPECT_TRUE(result.within_budget);
    for (const auto& [layer, candidate] : result.plan.layers) EXPECT_FALSE(loses(candidate)) << layer;
  }
}

}  // namespace
}  // namespace adagrain
