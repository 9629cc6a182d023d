// What is fitted without a group of networks must not depend on it in any way.
#include "policies/training/held_out.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "policies/training/fit_rule_based.h"
#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

LearnedTraining quick() {
  LearnedTraining training;
  training.mlp.epochs = 4;
  training.members = 2;
  return training;
}

// What is fitted without a group, as it is saved.
struct Files {
  std::string model, rule;
  bool operator==(const Files&) const = default;
};

std::map<std::string, Files> fitted(const PolicyDataset& dataset) {
  std::map<std::string, Files> files;
  for (const HeldOutGroup& group : judge_held_out(dataset, quick(), [](const std::string&) {}))
    files[group.group] = {to_json(group.model), to_json(group.rule)};
  return files;
}

class HeldOut : public testing::Test {
 protected:
  // Of the dataset with other samples of the first group's networks.
  std::map<std::string, Files> fitted_with(const std::function<void(Sample&)>& change) const {
    PolicyDataset changed = dataset_;
    for (Sample& sample : changed.samples) {
      if (dataset_.networks[sample.network].group == group_) change(sample);
    }
    return fitted(changed);
  }

  const PolicyDataset dataset_ = make_synthetic_dataset(3, 9).dataset;
  const std::string group_ = dataset_.networks.front().group;
  const std::map<std::string, Files> before_ = fitted(dataset_);
};

TEST_F(HeldOut, MeasurementsOfTheGroupDoNotReachWhatIsFittedWithoutIt) {
  const auto louder = fitted_with([](Sample& sample) { sample.divergence *= 10; });
  EXPECT_EQ(louder.at(group_).model, before_.at(group_).model);
  EXPECT_EQ(louder.at(group_).rule, before_.at(group_).rule);
  // Wrong in another way for each granularity, so that the best chains and thresholds are others.
  const auto odd = fitted_with([](Sample& sample) {
    const std::string& granularity = sample.priced.candidate.granularity;
    sample.divergence *= granularity == "element" ? 1e3 : granularity == "block" ? 1e-3 : 1;
  });
  EXPECT_EQ(odd.at(group_), before_.at(group_));
  for (const auto& [other, files] : before_) {
    if (other == group_) continue;
    EXPECT_NE(louder.at(other).model, files.model) << "the others must see them";
    EXPECT_NE(odd.at(other).rule, files.rule);
  }
}

TEST_F(HeldOut, ProfilesOfTheGroupDoNotReachWhatIsFittedWithoutIt) {
  PolicyDataset changed = dataset_;
  for (LedgerNetwork& network : changed.networks) {
    if (network.group != group_) continue;
    for (LayerProfile& layer : network.profile.layers) {
      layer.weights.entropy_bits += 1;
      layer.weights.sparsity /= 2;
      layer.fisher_mean *= 3;
    }
  }
  EXPECT_EQ(fitted(changed).at(group_), before_.at(group_));
}

TEST_F(HeldOut, WhatIsFittedIsWhatTheOtherGroupsAloneGive) {
  for (const auto& [group, files] : before_) {
    const PolicyDataset rest = without_group(dataset_, group);
    EXPECT_EQ(to_json(train_damage_model(rest, quick())), files.model);
    EXPECT_EQ(to_json(fit_rule_based(measured_networks(rest), [] {}).rule), files.rule);
  }
}

TEST(JudgeHeldOut, EveryGroupIsJudgedOnItsOwnNetworksAlone) {
  PolicyDataset dataset = make_synthetic_dataset(4, 5).dataset;
  dataset.networks[1].group = dataset.networks[0].group;  // the same network, trained twice
  const auto judged = judge_held_out(dataset, quick(), [](const std::string&) {});
  ASSERT_EQ(judged.size(), 3u);
  for (const HeldOutGroup& group : judged) {
    std::set<std::string> expected, found;
    for (const LedgerNetwork& network : dataset.networks)
      if (network.group == group.group) expected.insert(network.id);
    std::size_t samples = 0;
    for (const HeldOutNetwork& network : group.networks) {
      found.insert(network.id);
      EXPECT_EQ(network.group, group.group);
      EXPECT_GT(network.quality.samples, 0u);
      EXPECT_GT(network.regret.at("learned"), -0.01) << "the oracle of the same measurements is best";
      samples += network.quality.samples;
    }
    EXPECT_EQ(found, expected);
    const PolicyDataset unseen = with_group(dataset, group.group);
    EXPECT_EQ(samples, prediction_quality(group.model, unseen).samples);
  }
}

}  // namespace

}  // namespace adagrain
