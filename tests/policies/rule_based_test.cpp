#include <gtest/gtest.h>

#include <set>

#include "framework/core/registry.h"
#include "policies/rule.h"
#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

LayerProfile profile_with(double entropy, double sparsity) {
  LayerProfile profile;
  profile.weights.entropy_bits = entropy;
  profile.weights.sparsity = sparsity;
  return profile;
}

TEST(Rule, BranchTableIsExactlyTheRule) {
  Rule rule;
  rule.entropy_high = 6;
  rule.entropy_low = 4;
  rule.sparsity_limit = 0.5;
  struct Row {
    double entropy, sparsity;
    Branch branch;
  };
  const Row rows[] = {
      {6.1, 0.4, Branch::element},      // high entropy, not sparse
      {6.1, 0.5, Branch::block},        // sparsity must be below its limit
      {6.1, 0.9, Branch::block},        // high entropy but sparse
      {6.0, 0.1, Branch::block},        // entropy must be above the high threshold
      {5.0, 0.1, Branch::block},        // between the thresholds
      {5.0, 0.9, Branch::block},        //
      {4.0, 0.1, Branch::block},        // entropy must be below the low threshold
      {3.9, 0.1, Branch::feature_map},  // low entropy
      {3.9, 0.9, Branch::feature_map},  // whatever the sparsity
  };
  for (const Row& row : rows) {
    EXPECT_EQ(branch_of(rule, profile_with(row.entropy, row.sparsity)), row.branch)
        << row.entropy << " bits, sparsity " << row.sparsity;
  }
}

TEST(Rule, CrossedThresholdsKeepTheOrderOfTheRule) {
  Rule rule;
  rule.entropy_high = 3;
  rule.entropy_low = 5;
  rule.sparsity_limit = 0.5;
  EXPECT_EQ(branch_of(rule, profile_with(4, 0.1)), Branch::element);
  EXPECT_EQ(branch_of(rule, profile_with(4, 0.6)), Branch::feature_map);
}

TEST(RuleBased, LiteralUsesTheChainsTheRuleNames) {
  SyntheticNetwork network = mixed_network();
  network.profile.layers[0].weights = profile_with(7, 0.1).weights;
  network.profile.layers[1].weights = profile_with(3, 0.1).weights;
  network.profile.layers[2].weights = profile_with(5, 0.1).weights;
  const auto policy = Registry<Policy>::create("rule_based");
  policy->configure(Config::parse("{entropy_high: 6, entropy_low: 4, sparsity: 0.5}", "test.yaml"));
  const PolicyInput input = network.input();
  policy->prepare(input);
  std::set<double> bits, sparsities;
  for (int step = 0; step <= 30; ++step) {
    const Plan plan = policy->plan(input, step / 30.0);
    EXPECT_EQ(plan.layers.at("layer0.weight"), (Candidate{"element", {"ans"}, {}}));
    const Candidate& low = plan.layers.at("layer1.weight");
    EXPECT_EQ(low.granularity, "feature_map");
    EXPECT_EQ(low.scheme, std::vector<std::string>{"quantize"});
    bits.insert(low.parameters.at("bits"));
    const Candidate& middle = plan.layers.at("layer2.weight");
    EXPECT_EQ(middle.granularity, "block");
    EXPECT_EQ(middle.scheme, std::vector<std::string>{"prune"});
    sparsities.insert(middle.parameters.at("sparsity"));
  }
  EXPECT_EQ(*bits.begin(), 1);
  EXPECT_EQ(*bits.rbegin(), 8);
  EXPECT_EQ(sparsities, (std::set<double>{0.3, 0.5, 0.7, 0.9}));
}

TEST(RuleBased, TunedBranchesFollowTheirParameters) {
  SyntheticNetwork network = mixed_network();
  Rule rule;
  rule.entropy_high = 0;  // every layer that is not sparse
  rule.sparsity_limit = 1;
  rule.branches[0] = {{"quantize", "ans"}, Knob::step, 0.5, {}, {}};
  const PolicyInput input = network.input();
  const std::vector<Choice> choices = rule_choices(input, rule, "test");
  // Depth 0 asks for a step of 2^-8.5; the finest of rms 0.3 is 0.3 / 64 = 2^-7.7, rounded to quarter
  // octaves.
  const Parameters& coarse = network.candidates[0][choices.front()[0]].candidate.parameters;
  EXPECT_DOUBLE_EQ(coarse.at("step"), std::exp2(-7.75));
  const Parameters& fine = network.candidates[3][choices.front()[3]].candidate.parameters;
  EXPECT_DOUBLE_EQ(fine.at("step"), std::exp2(-8.5));
}

TEST(RuleBased, ABranchWithoutCandidatesNamesLayerAndFamily) {
  SyntheticNetwork network = mixed_network();
  std::erase_if(network.candidates[1], [](const PricedCandidate& one) { return one.candidate.has("prune"); });
  Rule rule;
  rule.entropy_high = 8;
  rule.entropy_low = 0;  // everything is pruned by blocks
  try {
    rule_choices(network.input(), rule, "test");
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "test: layer 'layer1.weight' has no candidate block/prune; add it to the candidate space");
  }
}

TEST(RuleBased, JsonRoundTripsAndGarbageIsRefused) {
  Rule rule;
  rule.entropy_high = 6.25;
  rule.branches[1] = {{"quantize", "ans"}, Knob::bits, -1.5, {}, {{"rate_weight", 0.1}}};
  rule.branches[2] = {{"prune", "quantize", "ans"}, Knob::bits, 0.25, 0.5, {}};
  EXPECT_EQ(parse_rule(to_json(rule), "here"), rule);
  EXPECT_THROW(parse_rule("{", "here"), DataError);
  EXPECT_THROW(parse_rule("{}", "here"), DataError);
  EXPECT_THROW(parse_rule(R"({"entropy_high_bits": "six"})", "here"), DataError);
}

TEST(RuleBased, BadKeysAreRefused) {
  const auto configure = [](const std::string& yaml) {
    const Config config = Config::parse(yaml, "test.yaml");
    Registry<Policy>::create("rule_based")->configure(config);
    config.finish();
  };
  EXPECT_THROW(configure("entropy_high: 9"), ConfigError);
  EXPECT_THROW(configure("sparsity: -0.1"), ConfigError);
  EXPECT_THROW(configure("variant: tunned"), ConfigError);
  try {
    configure("{variant: tuned,\n parameters: /nowhere/rule.json}");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("test.yaml:2:14: parameters: is '/nowhere/rule.json'"),
              std::string::npos)
        << error.what();
  }
  EXPECT_NO_THROW(configure("{variant: literal, entropy_low: 3}"));
}

}  // namespace

}  // namespace adagrain
