// The policies that only arrange candidates: each against what its header says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "framework/core/registry.h"
#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

std::unique_ptr<Policy> make(const std::string& name, const std::string& yaml) {
  auto policy = Registry<Policy>::create(name);
  const Config config = Config::parse(yaml, "test.yaml");
  policy->configure(config);
  config.finish();
  return policy;
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Uniform, GivesAllLayersTheSameCandidateAndMovesItsBits) {
  const SyntheticNetwork network = mixed_network();
  const auto policy = make("uniform", "candidate: feature_map/quantize+ans");
  const PolicyInput input = network.input();
  policy->prepare(input);
  for (const double pressure : {0.0, 0.5, 1.0}) {
    const Plan plan = policy->plan(input, pressure);
    const Candidate& first = plan.layers.begin()->second;
    for (const auto& [layer, candidate] : plan.layers) EXPECT_EQ(candidate, first);
    EXPECT_EQ(first.granularity, "feature_map");
    EXPECT_EQ(first.scheme, (std::vector<std::string>{"quantize", "ans"}));
  }
  EXPECT_EQ(policy->plan(input, 0).layers.begin()->second.parameters.at("bits"), 8);
  EXPECT_EQ(policy->plan(input, 1).layers.begin()->second.parameters.at("bits"), 1);
}

TEST(Uniform, KeepsTheParametersItsTextFixes) {
  const SyntheticNetwork network = mixed_network();
  const auto policy = make("uniform", "candidate: block/prune+quantize+ans bits=4");
  const PolicyInput input = network.input();
  policy->prepare(input);
  std::set<double> sparsities;
  for (int step = 0; step <= 20; ++step) {
    const Candidate candidate = policy->plan(input, step / 20.0).layers.begin()->second;
    EXPECT_EQ(candidate.parameters.at("bits"), 4);
    sparsities.insert(candidate.parameters.at("sparsity"));
  }
  EXPECT_EQ(sparsities, (std::set<double>{0.3, 0.5, 0.7, 0.9}));
}

TEST(Uniform, RefusesWhatItCannotDo) {
  EXPECT_NE(refusal([] { make("uniform", "candidate: layer/quantise"); }), "accepted");
  EXPECT_NE(refusal([] { make("uniform", "candidate: layer/quantize+ans step=0.1"); }).find("single_step"),
            std::string::npos);
  EXPECT_NE(refusal([] { make("uniform", "candidates: layer/ans"); }).find("unknown key 'candidates'"),
            std::string::npos);
  const SyntheticNetwork network = mixed_network();
  const auto policy = make("uniform", "candidate: layer/quantize+ans bits=7 symmetric=0");
  EXPECT_NE(refusal([&] { policy->prepare(network.input()); }).find("candidate space"), std::string::npos);
}

TEST(SingleStep, EveryLayerHasTheSameStepInsideItsRange) {
  // All steps between 1/64 of the largest rms and 4 times the smallest are in every layer's table.
  const SyntheticNetwork network = mixed_network();
  const auto policy = make("single_step", "");
  const PolicyInput input = network.input();
  policy->prepare(input);
  int inside = 0;
  for (int step = 0; step <= 40; ++step) {
    std::set<double> steps;
    for (const auto& [layer, candidate] : policy->plan(input, step / 40.0).layers) {
      EXPECT_EQ(candidate.granularity, "element");
      steps.insert(candidate.parameters.at("step"));
    }
    if (*steps.begin() < 0.3 / 64 || *steps.rbegin() > 0.05 * 4) continue;
    EXPECT_EQ(steps.size(), 1u);
    ++inside;
  }
  EXPECT_GT(inside, 10);
}

TEST(SingleStep, LayersOutOfRangeTakeTheNearestStepTheyHave) {
  CandidateTable table(2);
  for (const double step : {0.25, 0.5})
    table[0].push_back(priced("element", {"quantize", "ans"}, {{"step", step}},
                              static_cast<std::uint64_t>(100 / step), step));
  for (const double step : {1.0, 2.0})
    table[1].push_back(priced("element", {"quantize", "ans"}, {{"step", step}},
                              static_cast<std::uint64_t>(100 / step), step));
  ModelProfile profile{"two", std::vector<LayerProfile>(2)};
  profile.layers[0].layer.weight_name = "a";
  profile.layers[1].layer.weight_name = "b";
  const PolicyInput input{profile, table, {}, 0};
  const auto policy = make("single_step", "");
  policy->prepare(input);
  EXPECT_EQ(policy->plan(input, 0).layers.at("a").parameters.at("step"), 0.25);
  EXPECT_EQ(policy->plan(input, 0).layers.at("b").parameters.at("step"), 1.0);
  EXPECT_EQ(policy->plan(input, 1).layers.at("a").parameters.at("step"), 0.5);
  EXPECT_EQ(policy->plan(input, 1).layers.at("b").parameters.at("step"), 2.0);
}

TEST(SingleStep, ARateWeightOfZeroIsRoundingToTheNearest) {
  CandidateTable table(1);
  table[0] = {priced("element", {"quantize", "ans"}, {{"step", 0.25}}, 400, 1),
              priced("element", {"quantize", "ans"}, {{"rate_weight", 0.05}, {"step", 0.25}}, 300, 1)};
  ModelProfile profile{"one", std::vector<LayerProfile>(1)};
  profile.layers[0].layer.weight_name = "a";
  const PolicyInput input{profile, table, {}, 0};
  for (const double rate_weight : {0.0, 0.05}) {
    const auto policy = make("single_step", fmt::format("rate_weight: {}", rate_weight));
    policy->prepare(input);
    EXPECT_EQ(policy->plan(input, 1).layers.at("a").parameters.contains("rate_weight"), rate_weight > 0);
  }
}

TEST(SingleStep, NamesTheLayerWithoutAStep) {
  CandidateTable table(1);
  table[0].push_back(priced("element", {"ans"}, {}, 10, 0));
  ModelProfile profile{"one", std::vector<LayerProfile>(1)};
  profile.layers[0].layer.weight_name = "conv1.weight";
  const auto policy = make("single_step", "");
  EXPECT_NE(refusal([&] {
              policy->prepare({profile, table, {}, 0});
            }).find("'conv1.weight' has no candidate"),
            std::string::npos);
}

TEST(SizeShare, StepsByHand) {
  // Shares of size 0.8 and 0.2, deviations 0.1 and 0.2: share = 0.8 + 0.1 * 0.5 = 0.85 and 0.2 + 0 = 0.2.
  // At qp = -20 (step 2^-5): qp = -3 and -16, steps 2^-0.75 and 2^-4.
  CandidateTable table(2);
  for (auto& layer : table) {
    for (int k = 0; k <= 20; ++k) {
      layer.push_back(priced("element", {"quantize", "ans"}, {{"step", std::exp2(-k / 4.0)}},
                             static_cast<std::uint64_t>(1000 + 100 * k), 1.0 / (k + 1)));
    }
  }
  ModelProfile profile{"two", std::vector<LayerProfile>(2)};
  profile.layers[0].layer.weight_name = "a";
  profile.layers[1].layer.weight_name = "b";
  profile.layers[0].parameter_share = 0.8;
  profile.layers[1].parameter_share = 0.2;
  profile.layers[0].weights.standard_deviation = 0.1;
  profile.layers[1].weights.standard_deviation = 0.2;
  const PolicyInput input{profile, table, {}, 0};
  const auto policy = make("size_share", "");
  policy->prepare(input);
  const Plan plan = policy->plan(input, 0);
  EXPECT_DOUBLE_EQ(plan.layers.at("a").parameters.at("step"), std::exp2(-0.75));
  EXPECT_DOUBLE_EQ(plan.layers.at("b").parameters.at("step"), std::exp2(-4));
}

TEST(Random, AnotherSeedGivesAnotherPlanOfSimilarSize) {
  const SyntheticNetwork network = mixed_network();
  const auto policy = make("random", "");
  policy->prepare(network.input(1));
  const Plan first = policy->plan(network.input(1), 0.6);
  policy->prepare(network.input(2));
  const Plan second = policy->plan(network.input(2), 0.6);
  EXPECT_NE(first, second);
  const auto ratio =
      static_cast<double>(network.plan_bytes(first)) / static_cast<double>(network.plan_bytes(second));
  EXPECT_GT(ratio, 0.6);
  EXPECT_LT(ratio, 1.6);
}

// A fifth around the same rate is a ratio of e^0.4; where no candidate is that near the nearest is taken.
TEST(Random, LayersHaveAboutTheSameRate) {
  const SyntheticNetwork network = mixed_network();
  const auto policy = make("random", "");
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    policy->prepare(network.input(seed));
    for (const double pressure : {0.4, 0.5, 0.6}) {
      const Plan plan = policy->plan(network.input(seed), pressure);
      double least = INFINITY, most = 0;
      for (std::size_t layer = 0; layer < network.candidates.size(); ++layer) {
        const LayerDescription& own = network.profile.layers[layer].layer;
        for (const PricedCandidate& one : network.candidates[layer]) {
          if (one.candidate != plan.layers.at(own.weight_name)) continue;
          const double rate = (static_cast<double>(one.bytes) + 1) / static_cast<double>(own.weight_count());
          least = std::min(least, rate);
          most = std::max(most, rate);
        }
      }
      EXPECT_LT(std::log(most / least), 0.41) << seed << ", " << pressure;
    }
  }
}

TEST(Lagrangian, FindsTheOptimumThatBruteForceFinds) {
  // Three layers of three candidates; all 27 plans are tried.
  CandidateTable table(3);
  const double errors[3][3] = {{0, 1, 9}, {0, 4, 5}, {0, 0.5, 0.6}};
  const std::uint64_t bytes[3][3] = {{90, 40, 10}, {80, 60, 30}, {70, 50, 20}};
  ModelProfile profile{"three", std::vector<LayerProfile>(3)};
  for (std::size_t layer = 0; layer < 3; ++layer) {
    profile.layers[layer].layer.weight_name = "l" + std::to_string(layer);
    for (std::size_t i = 0; i < 3; ++i) {
      table[layer].push_back(priced("element", {"quantize"}, {{"bits", 8.0 - static_cast<double>(i)}},
                                    bytes[layer][i], errors[layer][i]));
    }
  }
  const PolicyInput input{profile, table, {}, 0};
  const auto policy = make("lagrangian", "");
  policy->prepare(input);
  for (int step = 0; step <= 20; ++step) {
    const Plan plan = policy->plan(input, step / 20.0);
    double error = 0, size = 0, best = INFINITY;
    for (std::size_t layer = 0; layer < 3; ++layer) {
      const auto i =
          static_cast<std::size_t>(8 - plan.layers.at(fmt::format("l{}", layer)).parameters.at("bits"));
      error += errors[layer][i];
      size += static_cast<double>(bytes[layer][i]);
    }
    for (int code = 0; code < 27; ++code) {
      const int pick[3] = {code % 3, code / 3 % 3, code / 9};
      double other = 0, other_size = 0;
      for (int layer = 0; layer < 3; ++layer) {
        other += errors[layer][pick[layer]];
        other_size += static_cast<double>(bytes[layer][pick[layer]]);
      }
      if (other_size <= size) best = std::min(best, other);
    }
    EXPECT_DOUBLE_EQ(error, best);
  }
}

TEST(Lagrangian, WithoutDataFisherIsRefusedAndSquaredErrorWorks) {
  SyntheticNetwork network = mixed_network();
  for (auto& layer : network.candidates) {
    for (PricedCandidate& one : layer) one.fisher_error = 0;
  }
  const auto blind = make("lagrangian", "");
  EXPECT_NE(refusal([&] { blind->prepare(network.input()); }).find("error: squared"), std::string::npos);
  const auto squared = make("lagrangian", "error: squared");
  EXPECT_NO_THROW(squared->prepare(network.input()));
}

}  // namespace

}  // namespace adagrain
