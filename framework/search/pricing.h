// What candidates cost on a network's weights.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "framework/compression/transforms/transform.h"
#include "framework/search/candidate_space.h"
#include "framework/search/priced_candidate.h"

namespace adagrain {

// Encodes and decodes candidates of one network's layers, each once.
class Pricer {
 public:
  // Checkpoint and profile must outlive the pricer. Weights are the tensors named by the profile's layers;
  // `input_factors` go by these names too and are needed where candidates need them.
  Pricer(const Checkpoint& checkpoint, const ModelProfile& profile,
         std::map<std::string, InputFactor> input_factors = {});

  PricedCandidate price(std::size_t layer, const Candidate& candidate) const;
  // For moves: the judged error of a layer by its weight's name. Each candidate is measured once.
  LayerPrice layer_price(const std::string& weight_name, const Candidate& candidate);

  CandidateTable table(const CandidateSpace& space, int threads) const;

  const std::map<std::string, LayerEvidence>& evidence() const { return evidence_; }

 private:
  double compensated_error(std::size_t layer, const std::vector<float>& decoded) const;

  const ModelProfile& profile_;
  std::map<std::string, InputFactor> input_factors_;
  std::vector<const Tensor*> weights_;  // [layer]
  std::map<std::string, LayerEvidence> evidence_;
  std::map<std::pair<std::string, Candidate>, LayerPrice> layer_prices_;
};

}  // namespace adagrain
