// Trains the learned policy's damage model on the ledger and judges it on networks it never saw.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "policies/damage_model.h"
#include "policies/training/ledger.h"
#include "policies/training/train_mlp.h"

namespace adagrain {

struct LearnedTraining {
  MlpTraining mlp;
  int members = 5;       // of the ensemble; each sees its own draw of the networks
  double caution = 0.5;  // DamageModel::caution
  std::uint64_t seed = 0;
};

// Throws DataError when the dataset holds no usable sample.
DamageModel train_damage_model(const PolicyDataset& dataset, const LearnedTraining& training);

// The part of a dataset whose networks' groups are (or are not) `group`.
PolicyDataset with_group(const PolicyDataset& dataset, const std::string& group);
PolicyDataset without_group(const PolicyDataset& dataset, const std::string& group);

// How well ln KL is predicted on samples between 1e-5 and 1 nat.
struct PredictionQuality {
  std::size_t samples = 0;
  double r2 = 0;         // 1 - residual / variance
  double spearman = 0;   // rank correlation
  double fisher_r2 = 0;  // the same for Fisher's prediction alone
};
PredictionQuality prediction_quality(const DamageModel& model, const PolicyDataset& dataset);

}  // namespace adagrain
