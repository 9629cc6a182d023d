// What the learned policy has learned: a layer's KL divergence as a function of its candidate.
//
//   ln KL = ln predicted_damage + correction(features)
//
// Fisher's quadratic prediction carries the scale; the correction, an ensemble of small networks, learns
// where it is wrong: large errors, structured pruning, first and last layers. Two guards against optimism,
// because a search over hundreds of candidates finds every underestimate: features are held to the range seen
// in training, and `caution` standard deviations of the ensemble are added.
#pragma once

#include <string>
#include <vector>

#include "framework/search/priced_candidate.h"
#include "policies/mlp.h"

namespace adagrain {

struct DamageModel {
  std::vector<std::string> features;
  Eigen::VectorXd mean, scale;                       // of each feature over the training samples; scale > 0
  Eigen::VectorXd lowest, highest;                   // seen in training, standardised
  double least_correction = 0, most_correction = 0;  // of ln KL, seen in training
  double caution = 0.5;
  std::vector<Mlp> members;

  // KL divergence in nats of each candidate of a layer alone; 0 where weights are unchanged. Throws DataError
  // when the profile was made without data.
  std::vector<double> divergence(const ModelProfile& profile, std::size_t layer,
                                 const std::vector<PricedCandidate>& candidates) const;

  // The ensemble on raw features [features, samples]: mean + caution * deviation, held to the seen range.
  Eigen::VectorXd correction(const Eigen::MatrixXd& raw) const;
};

std::string to_json(const DamageModel& model);
// Throws DataError on anything to_json cannot have written, and when the features are not those of this
// build.
DamageModel parse_damage_model(const std::string& json, const std::string& where);

}  // namespace adagrain
