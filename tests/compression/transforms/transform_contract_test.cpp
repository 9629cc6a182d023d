// What transform.h promises, of every registered transform.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/compression/chain.h"
#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "framework/search/moves.h"
#include "tests/compression/sample_evidence.h"
#include "tests/compression/sample_weights.h"
#include "tests/compression/transforms/ternary_transform.h"

namespace adagrain {
namespace {

const Shape kShape = {6, 24};

GridValues sample_values() {
  GridValues values;
  values.listed = {{"bits", {2, 4, 8}},    {"sparsity", {0.5, 0.9}}, {"saliency", {0, 1}},
                   {"block_rows", {1, 2}}, {"block_columns", {16}},  {"rate_weight", {0.1}},
                   {"symmetric", {1, 0}}};
  values.steps_per_octave = 1;
  values.weight_rms = 0.05;
  return values;
}

class TransformContract : public testing::TestWithParam<std::string> {
 protected:
  static std::unique_ptr<Transform> make() { return Registry<Transform>::create(GetParam()); }

  // The shortest chain that the transform may stand in, with and without a coder, at every granularity that
  // it fits.
  static std::vector<Candidate> chains() {
    std::vector<std::string> scheme = {GetParam()};
    if (make()->needs({}).levels) {
      const auto steps = all_transforms();
      const auto levels = std::find_if(steps.begin(), steps.end(), [](const ChainStep& step) {
        return step.transform->trace() == Trace::levels;
      });
      scheme.insert(scheme.begin(), levels->name);
    }
    std::vector<Candidate> all;
    for (const std::string& granularity : Registry<Granularity>::names()) {
      Candidate candidate{granularity, scheme, {}};
      if (!fits_granularity(candidate)) continue;
      all.push_back(candidate);
      candidate.scheme.push_back(lossless_candidate().scheme.back());
      all.push_back(candidate);
    }
    return all;
  }

  // Its chains with the settings that a candidate space enumerates for it, and with none.
  static std::vector<Candidate> candidates() {
    std::vector<Candidate> all = chains();
    for (const Candidate& chain : chains()) {
      for (const Parameters& setting : make()->grid(chain, sample_values()))
        all.push_back({chain.granularity, chain.scheme, setting});
    }
    return all;
  }
};

TEST_P(TransformContract, ItsDefaultsLieWithinItsBounds) {
  for (const ParameterSpec& spec : make()->parameters()) {
    EXPECT_LE(spec.minimum, spec.fallback) << spec.name;
    EXPECT_LE(spec.fallback, spec.maximum) << spec.name;
    EXPECT_FALSE(spec.summary.empty()) << spec.name;
  }
}

TEST_P(TransformContract, StandsInAChainOnceAndInTheOrderOfStages) {
  for (const Candidate& chain : chains()) {
    EXPECT_NO_THROW(check_candidate(chain, "chain")) << to_string(chain);
    Candidate twice = chain, reversed = chain;
    twice.scheme.insert(std::find(twice.scheme.begin(), twice.scheme.end(), GetParam()), GetParam());
    EXPECT_THROW(check_candidate(twice, "chain"), ConfigError) << to_string(twice);
    std::reverse(reversed.scheme.begin(), reversed.scheme.end());
    if (chain.scheme.size() > 1) {
      EXPECT_THROW(check_candidate(reversed, "chain"), ConfigError) << to_string(reversed);
    }
  }
  for (const ChainStep& other : all_transforms()) {
    if (other.transform->stage() != make()->stage()) continue;
    Candidate rivals = chains().front();
    rivals.scheme.push_back(other.name);
    EXPECT_THROW(check_candidate(rivals, "chain"), ConfigError) << to_string(rivals);
  }
}

TEST_P(TransformContract, WithoutTheLevelsItNeedsAChainIsRefused) {
  if (!make()->needs({}).levels) return;
  try {
    check_candidate({"element", {GetParam()}, {}}, "chain");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam() + " chooses levels anew"), std::string::npos);
  }
}

TEST_P(TransformContract, EveryCandidateOfItsGridIsAllowedAndTextAndValueAreOneToOne) {
  for (const Candidate& candidate : candidates()) {
    EXPECT_NO_THROW(check_candidate(candidate, "grid")) << to_string(candidate);
    EXPECT_EQ(parse_candidate(to_string(candidate)), candidate);
  }
}

bool nearly_equal(const Parameters& left, const Parameters& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const auto& a, const auto& b) {
    return a.first == b.first && std::abs(a.second - b.second) <= 1e-9 * std::abs(a.second);
  });
}

// All of `given`, and what is not given at its default.
Parameters spelled_out(const Transform& transform, Parameters given) {
  for (const ParameterSpec& spec : transform.parameters())
    given.try_emplace(std::string(spec.name), spec.fallback);
  return given;
}

TEST_P(TransformContract, AStepFinerAndOneCoarserLeadBack) {
  const auto transform = make();
  for (const Candidate& candidate : candidates()) {
    for (const auto& [there, back] :
         {std::pair(Direction::finer, Direction::coarser), std::pair(Direction::coarser, Direction::finer)}) {
      for (const Neighbour& neighbour : transform->neighbours(candidate.parameters, there)) {
        if (neighbour.dropped) continue;
        EXPECT_NO_THROW(
            check_candidate({candidate.granularity, candidate.scheme, neighbour.parameters}, "move"));
        const auto returns = transform->neighbours(neighbour.parameters, back);
        EXPECT_TRUE(std::any_of(returns.begin(), returns.end(), [&](const Neighbour& other) {
          return nearly_equal(spelled_out(*transform, other.parameters),
                              spelled_out(*transform, candidate.parameters));
        })) << to_string(candidate);
      }
    }
  }
}

TEST_P(TransformContract, EveryMoveIsAllowedAndLeadsElsewhere) {
  for (const Candidate& start : candidates()) {
    for (const auto& next_of : {moves_up, moves_down}) {
      // A walk by each first move: all of them would be a tree of thousands.
      std::vector<Candidate> here = {start};
      for (int round = 0; round < 8 && !here.empty(); ++round) {
        const std::vector<Candidate> next = next_of(here.front());
        for (const Candidate& candidate : next) {
          EXPECT_NO_THROW(check_candidate(candidate, "move")) << to_string(candidate);
          EXPECT_NE(candidate, here.front());
        }
        here = next;
      }
    }
  }
}

TEST_P(TransformContract, WhatLosesHasTheLosslessCandidateAsItsLastResort) {
  for (const Candidate& candidate : candidates()) {
    ASSERT_EQ(loses(candidate),
              std::any_of(candidate.scheme.begin(), candidate.scheme.end(), [](const auto& part) {
                return Registry<Transform>::contains(part) && Registry<Transform>::create(part)->lossy();
              }));
    Plan plan;
    plan.layers["layer"] = candidate;
    const std::vector<Candidate> up = moves_up(candidate);
    if (loses(candidate)) {
      ASSERT_FALSE(up.empty());
      EXPECT_EQ(up.back(), lossless_candidate());
      EXPECT_EQ(all_lossless(plan).layers.at("layer"), lossless_candidate());
    } else {
      EXPECT_EQ(all_lossless(plan), plan);
    }
  }
  EXPECT_FALSE(loses(lossless_candidate()));
  EXPECT_NO_THROW(check_candidate(lossless_candidate(), "lossless"));
}

TEST_P(TransformContract, WhatItNeedsAndIsNotThereIsNamed) {
  const auto transform = make();
  const std::vector<float> weights = sample_weights(kShape);
  for (const Candidate& candidate : candidates()) {
    const Needs needs = transform->needs(candidate.parameters);
    EXPECT_EQ(needs.moments, needs_moments(candidate)) << to_string(candidate);
    EXPECT_EQ(needs.importance, needs_importance(candidate)) << to_string(candidate);
    try {
      transform_layer(weights, kShape, candidate);
      EXPECT_FALSE(needs.moments || needs.importance) << to_string(candidate);
    } catch (const ConfigError& error) {
      EXPECT_TRUE(needs.moments || needs.importance) << to_string(candidate);
      EXPECT_EQ(std::string(error.what()).find(GetParam()), 0u) << error.what();
    }
  }
}

TEST_P(TransformContract, LeavesTheTraceItNames) {
  const auto transform = make();
  for (const Candidate& candidate : candidates()) {
    const LayerCode code = transform_layer(sample_weights(kShape), kShape, candidate, SampleEvidence(kShape));
    EXPECT_EQ(code.pruned, prunes(candidate)) << to_string(candidate);
    EXPECT_EQ(code.quantized, chooses_levels(candidate)) << to_string(candidate);
    const LayerUnits cut = cut_layer(candidate, code.shape);
    if (transform->trace() == Trace::zeros) {
      EXPECT_EQ(code.alive.size(), cut.units.count);
    }
    if (transform->trace() == Trace::levels) {
      EXPECT_EQ(code.step_code.size(), cut.step_units.count);
      EXPECT_GT(code.largest_step, 0);
      ASSERT_EQ(code.levels.size(), sample_weights(kShape).size());
      for (const std::int32_t level : code.levels) {
        EXPECT_GE(level, code.lowest_level);
        EXPECT_LE(level, code.highest_level);
      }
    }
  }
}

TEST_P(TransformContract, TheDecoderGivesWhatTheTransformsMade) {
  for (const Shape& shape : {kShape, Shape{3, 2, 3, 3}, Shape{7}, Shape{0, 5}}) {
    const std::vector<float> weights = sample_weights(shape);
    const SampleEvidence evidence(shape);
    for (const Candidate& candidate : candidates()) {
      const LayerCode code = transform_layer(weights, shape, candidate, evidence);
      const std::vector<float> made = reconstruct(code, cut_layer(candidate, code.shape));
      const std::vector<float> decoded =
          decode_layer(encode_layer(code, shape, candidate).payload, shape).weights;
      EXPECT_EQ(decoded, made) << to_string(candidate);
      if (!loses(candidate)) {
        EXPECT_EQ(decoded, weights) << to_string(candidate);
      }
    }
  }
}

TEST_P(TransformContract, EasingEndsAtTheParametersThemselves) {
  for (const Candidate& candidate : candidates()) {
    EXPECT_EQ(make()->eased(candidate.parameters, 1), candidate.parameters);
    for (const double done : {0.0, 0.5}) {
      EXPECT_NO_THROW(check_candidate(
          {candidate.granularity, candidate.scheme, make()->eased(candidate.parameters, done)}, "eased"));
    }
  }
}

TEST_P(TransformContract, AtAnotherGranularityOnlyParametersThatMeanSomethingThereAreLeft) {
  for (const Candidate& candidate : candidates()) {
    for (const std::string& granularity : Registry<Granularity>::names()) {
      const Candidate there = at_granularity(candidate, granularity);
      EXPECT_EQ(there.granularity, granularity);
      if (fits_granularity(there)) {
        EXPECT_NO_THROW(check_candidate(there, "granularity")) << to_string(there);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TransformContract, testing::ValuesIn(Registry<Transform>::names()),
                         [](const auto& test) { return test.param; });

TEST(Transforms, ParametersOfOneChainHaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  const auto add = [&](std::span<const ParameterSpec> specs) {
    for (const ParameterSpec& spec : specs) EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
  };
  for (const std::string& name : Registry<Granularity>::names())
    add(Registry<Granularity>::create(name)->parameters());
  for (const ChainStep& step : all_transforms()) add(step.transform->parameters());
}

}  // namespace
}  // namespace adagrain
