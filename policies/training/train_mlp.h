// Fits an Mlp by Adam on a weighted Huber loss, with weight decay and a cosine schedule. Deterministic.
#pragma once

#include <cstdint>

#include "policies/mlp.h"

namespace adagrain {

struct MlpTraining {
  int hidden = 24;  // units of each of two hidden layers
  int epochs = 60;
  int batch = 128;
  double learning_rate = 4e-3;
  double weight_decay = 1e-3;  // decoupled, per step relative to the learning rate
};

// inputs [features, samples] standardised, targets and weights [samples], weights >= 0 with a positive sum.
Mlp train_mlp(const Eigen::MatrixXd& inputs, const Eigen::VectorXd& targets, const Eigen::VectorXd& weights,
              const MlpTraining& training, std::uint64_t seed);

}  // namespace adagrain
