// Which candidates a policy may choose from, and what each costs on a network's weights.
#pragma once

#include <map>
#include <vector>

#include "framework/compression/transforms/transform.h"
#include "framework/core/config.h"
#include "framework/search/moves.h"
#include "policies/policy.h"

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
  // The ladder of absolute steps 2^(-k / steps_per_octave), from rms / 16 to 3 rms of the layer, to 8 rms
  // with compensation; 0 leaves it out.
  int steps_per_octave = 4;
  bool asymmetric = true;  // adds asymmetric quantisation to `quantize` alone, whose width is fixed
};

CandidateSpace read_candidate_space(const Config& config);

// Whether any scheme of the space asks for the moments of inputs.
bool compensates(const CandidateSpace& space);

// Every candidate of the space for one layer, without duplicates.
std::vector<Candidate> enumerate_candidates(const CandidateSpace& space, const LayerProfile& profile);

// Encodes and decodes candidates of one network's layers, each once.
class Pricer {
 public:
  // Checkpoint and profile must outlive the pricer. Weights are the tensors named by the profile's layers;
  // `input_factors` go by these names too and are needed where candidates compensate.
  Pricer(const Checkpoint& checkpoint, const ModelProfile& profile,
         std::map<std::string, InputFactor> input_factors = {});

  PricedCandidate price(std::size_t layer, const Candidate& candidate) const;
  // The ladder's view: predicted loss increase where the profile has Fisher information, else squared error.
  LayerPrice ladder_price(const std::string& weight_name, const Candidate& candidate);

  CandidateTable table(const CandidateSpace& space, int threads) const;

  const std::map<std::string, LayerEvidence>& evidence() const { return evidence_; }

 private:
  double compensated_error(std::size_t layer, const std::vector<float>& decoded) const;

  const ModelProfile& profile_;
  std::map<std::string, InputFactor> input_factors_;
  std::vector<const Tensor*> weights_;  // [layer]
  std::map<std::string, LayerEvidence> evidence_;
  std::map<std::pair<std::string, Candidate>, LayerPrice> ladder_prices_;
};

}  // namespace adagrain
