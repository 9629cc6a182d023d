// What is fitted without a group of networks must not depend on it in any way.
#include "policies/training/held_out.h"

#include <gtest/gtest.h>

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

// group -> what was fitted without it, as it is saved.
std::map<std::string, std::string> fitted(const PolicyDataset& dataset) {
  std::map<std::string, std::string> files;
  for (const HeldOutGroup& group : judge_held_out(dataset, quick(), [](const std::string&) {}))
    files[group.group] = to_json(group.model) + to_json(group.rule);
  return files;
}

// Two networks of every kind of number that may leak: measurements, profiles, and there being any at all.
TEST(HeldOut, NothingOfTheGroupReachesWhatIsFittedWithoutIt) {
  const PolicyDataset dataset = make_synthetic_dataset(3, 9).dataset;
  const std::string group = dataset.networks.front().group;
  const auto before = fitted(dataset);
  ASSERT_EQ(before.size(), 3u);

  PolicyDataset louder = dataset;
  for (Sample& sample : louder.samples) {
    if (dataset.networks[sample.network].group == group) sample.divergence *= 10;
  }
  const auto after = fitted(louder);
  EXPECT_EQ(after.at(group), before.at(group)) << "its measurements are known";
  for (const auto& [other, files] : before) {
    if (other != group) EXPECT_NE(after.at(other), files) << "the others must see them";
  }

  PolicyDataset stranger = dataset;
  for (LedgerNetwork& network : stranger.networks) {
    if (network.group != group) continue;
    for (LayerProfile& layer : network.profile.layers) {
      layer.weights.entropy_bits += 1;
      layer.weights.sparsity /= 2;
      layer.fisher_mean *= 3;
    }
  }
  EXPECT_EQ(fitted(stranger).at(group), before.at(group)) << "its profile is known";

  const PolicyDataset rest = without_group(dataset, group);
  EXPECT_EQ(to_json(train_damage_model(rest, quick())) +
                to_json(fit_rule_based(measured_networks(rest), [] {}).rule),
            before.at(group))
      << "what is fitted is what the other groups alone give";
}

TEST(HeldOut, EveryGroupIsJudgedOnItsOwnNetworksAlone) {
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
