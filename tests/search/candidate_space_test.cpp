#include "framework/search/candidate_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace adagrain {
namespace {

// The coarsest step among the space's candidates of a layer.
double coarsest_step(const char* scheme, const LayerProfile& profile) {
  CandidateSpace space;
  space.granularities = {"element"};
  space.schemes = {scheme};
  double coarsest = 0;
  for (const Candidate& candidate : enumerate_candidates(space, profile)) {
    const auto step = candidate.parameters.find("step");
    if (step != candidate.parameters.end()) coarsest = std::max(coarsest, step->second);
  }
  return coarsest;
}

// 2^-5 and whole octaves of it lie on the grid; 3 of it rounds to a quarter octave: 2^(-5 + 6/4).
TEST(CandidateSpace, CompensatedStepsReachEightRmsAndPlainOnesThree) {
  LayerProfile profile;
  profile.weights.rms = 0.03125;
  EXPECT_DOUBLE_EQ(coarsest_step("quantize+ans", profile), std::exp2(-3.5));
  EXPECT_DOUBLE_EQ(coarsest_step("quantize+compensate+ans", profile), 0.25);
}

TEST(CandidateSpace, PruningBySensitivityAndTilesAreThereWhenAskedFor) {
  const auto texts = [](const char* yaml) {
    std::vector<std::string> all;
    for (const Candidate& candidate :
         enumerate_candidates(read_candidate_space(Config::parse(yaml, "space")), LayerProfile{}))
      all.push_back(to_string(candidate));
    return all;
  };
  EXPECT_EQ(texts("{granularities: [block], schemes: [prune], sparsities: [0.5], block_rows: [1, 4], "
                  "block_columns: [16], saliencies: [magnitude, sensitivity]}"),
            (std::vector<std::string>{"block/prune block_columns=16 block_rows=4 saliency=1 sparsity=0.5",
                                      "block/prune block_columns=16 block_rows=4 sparsity=0.5",
                                      "block/prune block_columns=16 saliency=1 sparsity=0.5",
                                      "block/prune block_columns=16 sparsity=0.5"}));
  EXPECT_THROW(texts("{saliencies: [luck]}"), ConfigError);
}

}  // namespace
}  // namespace adagrain
