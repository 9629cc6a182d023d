#include <gtest/gtest.h>

#include <cmath>

#include "framework/core/registry.h"
#include "framework/search/outcome.h"
#include "policies/equal_slopes.h"
#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

std::unique_ptr<Policy> make(const std::string& name, const std::string& yaml) {
  auto policy = Registry<Policy>::create(name);
  policy->configure(Config::parse(yaml, "test.yaml"));
  return policy;
}

// Bytes of the smallest plan of a path within a true divergence.
double bytes_within(const SyntheticNetwork& network, const PressurePath& path, double divergence) {
  double best = INFINITY;
  for (const PathPoint& point : path.points()) {
    double total = 0;
    for (std::size_t layer = 0; layer < point.choice.size(); ++layer) {
      total += network.true_divergence(layer, point.choice[layer]);
    }
    if (total <= divergence) best = std::min(best, static_cast<double>(point.bytes));
  }
  return best;
}

TEST(Oracle, ComesCloseToTheTrueOptimumAndBeatsItsRivals) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const SyntheticNetwork network = mixed_network(seed);
    const PolicyInput input = network.input();
    const PressurePath best(network.candidates,
                            equal_slopes(tradeoffs(network.candidates, [&](std::size_t layer) {
                              std::vector<double> errors;
                              for (std::size_t i = 0; i < network.candidates[layer].size(); ++i) {
                                errors.push_back(network.true_divergence(layer, i));
                              }
                              return errors;
                            })));
    const auto oracle = make("oracle", "candidates_per_layer: 24"), single = make("single_step", "");
    oracle->prepare(input);
    single->prepare(input);
    for (const double budget : {0.01, 0.1}) {
      const double reached = bytes_within(network, *oracle->path(), budget);
      EXPECT_LT(reached, 1.05 * bytes_within(network, best, budget)) << "seed " << seed;
      EXPECT_LE(reached, bytes_within(network, *single->path(), budget)) << "seed " << seed;
    }
  }
}

TEST(Oracle, LearnsWhatCompanyDoesToALayer) {
  // Together with any other compressed layer, layer 1 hurts ten times as much as alone.
  const SyntheticNetwork network = mixed_network();
  PolicyInput input = network.input();
  const auto alone = input.evaluate;
  const auto damage = [&](std::size_t layer, const Plan& plan) {
    Plan only;
    for (std::size_t other = 0; other < network.candidates.size(); ++other) {
      const std::string& name = network.profile.layers[other].layer.weight_name;
      only.layers[name] = other == layer ? plan.layers.at(name) : Candidate{"element", {"ans"}, {}};
    }
    return network.true_divergence(only);
  };
  input.evaluate = [&](const Plan& plan) {
    Outcome outcome = alone(plan);
    const double own = damage(1, plan);
    if (outcome.divergence > own) outcome.divergence += 2 * own;
    return outcome;
  };
  const auto without = make("oracle", "refine_rounds: 0"), with = make("oracle", "refine_rounds: 1");
  without->prepare(input);
  with->prepare(input);
  const auto layer_bytes = [&](const Policy& policy) {
    const PathPoint& point = policy.path()->at(0.6);
    return static_cast<double>(network.candidates[1][point.choice[1]].bytes) /
           static_cast<double>(point.bytes);
  };
  EXPECT_GT(layer_bytes(*with), layer_bytes(*without));
}

// What every plan loses, for example by small tensors in half precision, belongs to no layer.
TEST(Oracle, WhatEveryPlanLosesChangesNoChoice) {
  const SyntheticNetwork network = mixed_network();
  PolicyInput input = network.input();
  const auto plain = make("oracle", "refine_rounds: 0"), floored = make("oracle", "refine_rounds: 0");
  plain->prepare(input);
  const auto evaluate = input.evaluate;
  input.evaluate = [&](const Plan& plan) {
    Outcome outcome = evaluate(plan);
    outcome.divergence += 0.25;
    return outcome;
  };
  floored->prepare(input);
  for (const double budget : {0.003, 0.01, 0.03, 0.1}) {
    EXPECT_LT(bytes_within(network, *floored->path(), budget),
              1.02 * bytes_within(network, *plain->path(), budget))
        << budget;
  }
}

TEST(Oracle, SpendsWhatItsKeysAllow) {
  const SyntheticNetwork network = mixed_network();
  PolicyInput input = network.input();
  int evaluations = 0;
  const auto evaluate = input.evaluate;
  input.evaluate = [&](const Plan& plan) {
    ++evaluations;
    return evaluate(plan);
  };
  make("oracle", "{candidates_per_layer: 5, refine_rounds: 0}")->prepare(input);
  // One for the careful plan, five per layer, eight anchors for each of three paths.
  EXPECT_LE(evaluations, 1 + 5 * 5 + 24);
  EXPECT_GT(evaluations, 5 * 5);
}

TEST(Oracle, BadKeysAreRefused) {
  EXPECT_THROW(make("oracle", "candidates_per_layer: 2"), ConfigError);
  EXPECT_THROW(make("oracle", "operating_divergence: 0"), ConfigError);
}

}  // namespace

}  // namespace adagrain
