// What policy.h promises, of every registered policy.
#include <gtest/gtest.h>

#include "framework/core/files.h"
#include "framework/core/registry.h"
#include "policies/training/train_learned.h"
#include "tests/container/sample_checkpoint.h"
#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

std::string trained_weights() {
  struct TrainedFile : TemporaryFile {
    TrainedFile() : TemporaryFile("contract_learned.json") {
      LearnedTraining training;
      training.mlp.epochs = 4;
      training.members = 2;
      write_file_atomically(path,
                            to_json(train_damage_model(make_synthetic_dataset(3, 1).dataset, training)));
    }
  };
  static const TrainedFile file;
  return file.path.string();
}

class PolicyContract : public testing::TestWithParam<std::string> {
 protected:
  static std::unique_ptr<Policy> make() {
    auto policy = Registry<Policy>::create(GetParam());
    // What ships in policies/trained is for real networks; the contract needs any trained policy.
    const Config config =
        Config::parse(GetParam() == "learned" ? "weights: " + trained_weights() : "", "contract");
    policy->configure(config);
    config.finish();
    return policy;
  }

  const SyntheticNetwork& network_ = mixed_network();
};

TEST_P(PolicyContract, GivesEveryLayerACandidateOfItsTable) {
  const auto policy = make();
  const PolicyInput input = network_.input();
  policy->prepare(input);
  for (const double pressure : {0.0, 0.3, 0.7, 1.0}) {
    const Plan plan = policy->plan(input, pressure);
    EXPECT_EQ(plan.layers.size(), network_.candidates.size());
    EXPECT_NO_THROW(network_.plan_bytes(plan));
  }
}

TEST_P(PolicyContract, PlansNeverGrowWithPressureAndDoShrink) {
  const auto policy = make();
  const PolicyInput input = network_.input();
  policy->prepare(input);
  std::uint64_t last = UINT64_MAX;
  for (int step = 0; step <= 40; ++step) {
    const std::uint64_t bytes = network_.plan_bytes(policy->plan(input, step / 40.0));
    EXPECT_LE(bytes, last) << "pressure " << step / 40.0;
    last = bytes;
  }
  EXPECT_LT(last, network_.plan_bytes(policy->plan(input, 0)));
}

TEST_P(PolicyContract, SameQuestionSameAnswerInAnyOrder) {
  const auto first = make(), second = make();
  const PolicyInput input = network_.input(7);
  first->prepare(input);
  second->prepare(input);
  const Plan careful = first->plan(input, 0.2);
  const Plan small = first->plan(input, 0.9);
  EXPECT_EQ(second->plan(input, 0.9), small);
  EXPECT_EQ(second->plan(input, 0.2), careful);
}

TEST_P(PolicyContract, OneLayerNetworkIsPlanned) {
  const auto policy = make();
  const SyntheticNetwork network = make_synthetic_network({{640, 0.1, 1, 1}}, 3);
  const PolicyInput input = network.input();
  policy->prepare(input);
  EXPECT_LE(network.plan_bytes(policy->plan(input, 1)), network.plan_bytes(policy->plan(input, 0)));
}

TEST_P(PolicyContract, PreparingAgainForgetsTheFirstNetwork) {
  const auto reused = make(), fresh = make();
  const SyntheticNetwork other = make_synthetic_network({{640, 0.1, 1, 1}, {320, 0.2, 1, 1}}, 3);
  reused->prepare(network_.input());
  reused->prepare(other.input());
  fresh->prepare(other.input());
  EXPECT_EQ(reused->plan(other.input(), 0.5), fresh->plan(other.input(), 0.5));
}

INSTANTIATE_TEST_SUITE_P(AllPolicies, PolicyContract, testing::ValuesIn(Registry<Policy>::names()),
                         [](const auto& info) { return info.param; });

}  // namespace

}  // namespace adagrain
