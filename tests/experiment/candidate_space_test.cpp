#include "framework/experiment/candidate_space.h"

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

// 2^-5 and whole octaves of it lie on the ladder; 3 of it rounds to a quarter-octave rung: 2^(-5 + 6/4).
TEST(CandidateSpace, CompensatedStepsReachEightRmsAndPlainOnesThree) {
  LayerProfile profile;
  profile.weights.rms = 0.03125;
  EXPECT_DOUBLE_EQ(coarsest_step("quantize+ans", profile), std::exp2(-3.5));
  EXPECT_DOUBLE_EQ(coarsest_step("quantize+compensate+ans", profile), 0.25);
}

}  // namespace
}  // namespace adagrain
