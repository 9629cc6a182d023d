// Which candidates a policy may choose from.
#pragma once

#include <string>
#include <vector>

#include "framework/compression/candidate.h"
#include "framework/core/config.h"
#include "framework/profiling/profile.h"

namespace adagrain {

struct CandidateSpace {
  std::vector<std::string> granularities = {"layer", "element", "block", "feature_map"};
  std::vector<std::string> schemes = {"ans",       "quantize",       "quantize+ans",      "prune",
                                      "prune+ans", "prune+quantize", "prune+quantize+ans"};
  std::vector<int> bits = {2, 3, 4, 5, 6, 8};
  std::vector<double> sparsities = {0.5, 0.8, 0.95};
  std::vector<std::string> saliencies = {
      "magnitude"};  // of pruning; "sensitivity": by the Fisher diagonal too
  std::vector<int> block_rows = {1};
  std::vector<int> block_columns = {64};
  // Of rate-distortion rounding, element granularity only. None unless asked for: at equal bytes its outputs
  // diverge more than squares and Fisher say, which misleads policies that go by these.
  std::vector<double> rate_weights;
  // The grid of absolute steps 2^(-k / steps_per_octave), from rms / 16 to 3 rms of the layer, to 8 rms with
  // compensation; 0 leaves it out.
  int steps_per_octave = 4;
  bool asymmetric = true;  // adds asymmetric quantisation to `quantize` alone, whose width is fixed
};

CandidateSpace read_candidate_space(const Config& config);

// Whether any scheme of the space needs the second moments of layers' inputs.
bool needs_moments(const CandidateSpace& space);

// Every candidate of the space for one layer, without duplicates, in their order: for each granularity and
// scheme that go together, all settings that the parts enumerate (Transform::grid, Granularity::grid).
std::vector<Candidate> enumerate_candidates(const CandidateSpace& space, const LayerProfile& profile);

}  // namespace adagrain
