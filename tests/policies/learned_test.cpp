// Does the learner find the known best plan of problems it never saw?
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "framework/core/files.h"
#include "framework/core/registry.h"
#include "policies/candidate_features.h"
#include "policies/training/fit_rule_based.h"
#include "policies/training/held_out.h"
#include "policies/training/train_learned.h"
#include "tests/policies/synthetic_network.h"
#include "tests/temporary_folder.h"

namespace adagrain {

namespace {

LearnedTraining quick(std::uint64_t seed = 0) {
  LearnedTraining training;
  training.mlp.epochs = 12;
  training.members = 2;
  training.seed = seed;
  return training;
}

const DamageModel& any_model() {
  static const DamageModel model = train_damage_model(make_synthetic_dataset(3, 9).dataset, quick());
  return model;
}

TEST(DamageModel, PredictsUnseenNetworksBetterThanFisher) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const PolicyDataset seen = make_synthetic_dataset(7, seed).dataset;
    const PolicyDataset unseen = make_synthetic_dataset(3, seed + 50).dataset;
    const PredictionQuality quality = prediction_quality(train_damage_model(seen, quick(seed)), unseen);
    EXPECT_GT(quality.samples, 100u);
    EXPECT_GT(quality.r2, 0.97) << "seed " << seed;
    EXPECT_GT(quality.spearman, 0.97) << "seed " << seed;
    EXPECT_GT(1 - quality.fisher_r2, 2 * (1 - quality.r2)) << "seed " << seed;
  }
}

TEST(Learned, FindsNearlyTheBestPlanOfHeldOutProblems) {
  const PolicyDataset dataset = make_synthetic_dataset(6, 4).dataset;
  int groups = 0;
  const auto judged = judge_held_out(dataset, quick(), [&](const std::string&) { ++groups; });
  EXPECT_EQ(groups, 6);
  ASSERT_EQ(judged.size(), 6u);
  double learned = 0, lagrangian = 0, single = 0;
  for (const HeldOutGroup& group : judged) {
    ASSERT_EQ(group.networks.size(), 1u);
    const HeldOutNetwork& row = group.networks.front();
    EXPECT_EQ(row.group, group.group);
    learned += row.regret.at("learned") / 6;
    lagrangian += row.regret.at("lagrangian") / 6;
    single += row.regret.at("single_step") / 6;
    EXPECT_GE(row.same_granularity, row.same_candidate);
  }
  EXPECT_LT(learned, 0.03);
  EXPECT_LT(learned, lagrangian);
  EXPECT_LT(learned, single);
  EXPECT_GT(learned, -0.01);
}

TEST(Learned, PlansARealTableFromItsSavedWeights) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "learned.json";
  write_file_atomically(file, to_json(any_model()));
  const auto policy = Registry<Policy>::create("learned");
  policy->configure(Config::parse("weights: " + file.string(), "test.yaml"));
  const SyntheticNetwork network = mixed_network(5);
  policy->prepare(network.input());
  const Plan plan = policy->plan(network.input(), 0.5);
  EXPECT_EQ(plan.layers.size(), network.candidates.size());
}

TEST(Learned, EachNetworkCanBeGivenWeightsTrainedWithoutIt) {
  const TemporaryFolder folder;
  const DamageModel& model = any_model();
  write_file_atomically(folder / "without_synthetic.json", to_json(model));
  const auto policy = Registry<Policy>::create("learned");
  policy->configure(
      Config::parse(fmt::format("weights: {}/without_{{model}}.json", folder.path().string()), "test.yaml"));
  SyntheticNetwork network = mixed_network(5);
  EXPECT_NO_THROW(policy->prepare(network.input()));
  network.profile.model = "another";
  EXPECT_THROW(policy->prepare(network.input()), DataError);
}

TEST(Learned, ProfileWithoutDataIsRefused) {
  const DamageModel& model = any_model();
  SyntheticNetwork network = mixed_network();
  for (LayerProfile& layer : network.profile.layers) layer.fisher_mean = 0;
  EXPECT_THROW(model.divergence(network.profile, 0, network.candidates[0]), DataError);
}

TEST(DamageModel, LosslessIsHarmlessAndFeaturesHaveNames) {
  const DamageModel& model = any_model();
  const SyntheticNetwork network = mixed_network();
  const auto& row = network.candidates[1];
  const std::vector<double> divergence = model.divergence(network.profile, 1, row);
  for (std::size_t i = 0; i < row.size(); ++i) EXPECT_EQ(divergence[i] == 0, row[i].squared_error == 0);
  EXPECT_EQ(candidate_features(network.profile, 0, row[0]).size(), candidate_feature_names().size());
}

TEST(DamageModel, AFactorBetweenTwoLayersChangesNoPrediction) {
  // The second layer times 1/4, what follows times 4: steps, errors and gradients scale along.
  const SyntheticNetwork network = mixed_network();
  SyntheticNetwork scaled = network;
  LayerProfile& layer = scaled.profile.layers[1];
  layer.weights.rms /= 4;
  layer.weights.standard_deviation /= 4;
  layer.weights.absmax /= 4;
  layer.fisher_mean *= 16;
  for (PricedCandidate& one : scaled.candidates[1]) {
    one.squared_error /= 16;
    one.row_error /= 16;
    one.projection /= 16;
  }
  const auto before = any_model().divergence(network.profile, 1, network.candidates[1]);
  const auto after = any_model().divergence(scaled.profile, 1, scaled.candidates[1]);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 1e-9 * before[i]);
}

TEST(DamageModel, JsonRoundTripsAndGarbageIsRefused) {
  const DamageModel& model = any_model();
  const std::string json = to_json(model);
  const DamageModel again = parse_damage_model(json, "here");
  const SyntheticNetwork network = mixed_network();
  EXPECT_EQ(again.divergence(network.profile, 0, network.candidates[0]),
            model.divergence(network.profile, 0, network.candidates[0]));
  EXPECT_THROW(parse_damage_model("[]", "here"), DataError);
  EXPECT_THROW(parse_damage_model("{}", "here"), DataError);
  EXPECT_THROW(parse_damage_model(json.substr(0, json.size() / 2), "here"), DataError);
  std::string renamed = json;
  renamed.replace(renamed.find("log relative error"), 3, "cube");
  EXPECT_THROW(parse_damage_model(renamed, "here"), DataError);
}

// What decodes to the same weights was measured once, however many candidates spell it.
TEST(DamageModel, TwinsCountOnce) {
  const PolicyDataset dataset = make_synthetic_dataset(3, 9).dataset;
  PolicyDataset doubled = dataset;
  for (const Sample& sample : dataset.samples) {
    doubled.samples.push_back(sample);
    doubled.samples.back().priced.bytes += 1;
  }
  EXPECT_EQ(to_json(train_damage_model(doubled, quick())), to_json(train_damage_model(dataset, quick())));
}

TEST(DamageModel, TrainingIsDeterministicAndNeedsData) {
  const PolicyDataset dataset = make_synthetic_dataset(3, 9).dataset;
  EXPECT_EQ(to_json(train_damage_model(dataset, quick(3))), to_json(train_damage_model(dataset, quick(3))));
  EXPECT_NE(to_json(train_damage_model(dataset, quick(3))), to_json(train_damage_model(dataset, quick(4))));
  EXPECT_THROW(train_damage_model({}, quick()), DataError);
  EXPECT_THROW(judge_held_out(with_group(dataset, "net0"), quick(), [](const std::string&) {}), DataError);
}

TEST(FitRuleBased, IsAtLeastAsGoodAsTheRuleItStartsFrom) {
  const auto networks = measured_networks(make_synthetic_dataset(4, 2).dataset);
  ASSERT_EQ(networks.size(), 4u);
  int trials = 0;
  const RuleFit fit = fit_rule_based(networks, [&] { ++trials; });
  EXPECT_EQ(fit.trials, trials);
  EXPECT_LT(fit.log_regret, 1.0);
  EXPECT_GT(fit.log_regret, -0.01);
  // Its chains keep the words of the rule.
  const char* words[] = {"ans", "quantize", "prune"};
  for (const Branch branch : kBranches) {
    const auto& scheme = fit.rule.parameters(branch).scheme;
    EXPECT_NE(std::find(scheme.begin(), scheme.end(), words[static_cast<std::size_t>(branch)]), scheme.end());
  }
  double sum = 0;
  for (const MeasuredNetwork& network : networks) {
    sum += log_regret(network, rule_choices(network.input(), fit.rule, "test"));
  }
  EXPECT_NEAR(sum / 4, fit.log_regret, 1e-9);
  EXPECT_THROW(fit_rule_based({}, [] {}), DataError);
}

}  // namespace

}  // namespace adagrain
