// Training through the compression: the network runs with the weights its file would decode to, the optimiser
// moves the float ones with the gradient taken there (straight-through estimator; Bengio, Léonard, Courville,
// 2013).
//
// With a teacher, the network learns its softened outputs beside the labels (Hinton, Vinyals, Dean, 2015).
//
// Schedule over the steps of the whole training: pruning rises to its target over the first third as a cubic
// (Zhu, Gupta, 2017) and the rate term linearly with it; for the last 15 % the rate term is off and weights
// that decode to zero stay zero: which weights are there has settled by then, and what is left of the
// learning rate goes into their values.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/compression/transforms/transform.h"
#include "framework/training/train_compressed.h"
#include "framework/training/trainer.h"

namespace adagrain {

struct CompressionAwareOptions {
  Plan plan;
  double rate_weight = 0;   // nats of loss that one bit of a weight's code length is worth; 0: no rate term
  std::int64_t steps = 0;   // of the whole training
  double distillation = 0;  // share of the teacher in the loss, 0..1
  torch::Tensor teacher_logits = {};  // [training image, class]; needed where the share is not 0
  std::map<std::string, LayerEvidence> evidence =
      {};  // by weight's name; what it refers to outlives the training
};

// Ideal code length of a layer's levels under its own histogram: -log2 of a level's share, half a count added
// to each. Empty for a layer that is not quantised.
//
// What a weight other than zero costs beyond a zero depends on where it is: the log odds of row and column
// against the layer's add up, as if zeros in rows and in columns were independent. So units that are nearly
// dead die, and the coder, whose tables follow a weight's neighbours, finds the zeros together.
struct LevelCosts {
  std::int32_t lowest = 0;
  std::vector<double> bits;         // [level - lowest]
  std::vector<double> row, column;  // bits on top for a weight other than zero; empty where zero is no level
};
LevelCosts level_costs(const LayerCode& code);

// d bits / d weight, [element]: the code length taken as linear between two levels, constant outside them.
std::vector<float> rate_slope(std::span<const float> weights, const LayerCode& code, const LayerUnits& cut,
                              const LevelCosts& costs);

class CompressionAwareTraining : public TrainingHook {
 public:
  // Throws ConfigError when the plan is empty or names no weight of the network.
  CompressionAwareTraining(Network& network, const CompressionAwareOptions& options,
                           CompressedEpochJudge judge = {});

  void before_forward(Network& network, const Batch& batch, std::int64_t step) override;
  torch::Tensor shape_loss(const torch::Tensor& loss, const Batch& batch,
                           const torch::Tensor& logits) override;
  void after_backward(Network& network, std::int64_t step) override;
  void after_step(Network& network, std::int64_t step) override;
  // Leaves in the network what its whole file decodes to, small tensors included.
  void before_validation(Network& network, int epoch) override;
  void after_validation(Network& network, int epoch, double accuracy) override;
  std::vector<std::pair<std::string, torch::Tensor>> state() override;
  void restore(const std::function<torch::Tensor(const std::string&)>& read) override;

  const Plan& plan() const { return plan_; }
  // The plan as far as the schedule has brought it.
  Plan scheduled_plan(std::int64_t step) const;

 private:
  struct Layer {
    LayerEvidence evidence;
    torch::Tensor shadow;  // the float weights, row-major, while the network holds decoded ones
    torch::Tensor slope;   // bits per unit of weight; undefined while the rate term is off
    torch::Tensor kept;    // 1 where a weight may differ from zero; undefined before the freeze
    LevelCosts costs;
    bool costs_known = false;
  };

  void compress(Layer& layer, torch::Tensor& weight, const Candidate& candidate, std::int64_t step);
  double rate_weight(std::int64_t step) const;
  bool settled(std::int64_t step) const { return 3 * step >= options_.steps; }
  bool frozen(std::int64_t step) const { return 20 * step >= 17 * options_.steps; }

  CompressionAwareOptions options_;
  CompressedEpochJudge judge_;
  Plan plan_;
  std::map<std::string, Layer> layers_;  // by weight's name
  std::int64_t step_ = 0;                // the last one begun
  Checkpoint float_weights_;             // during validation
};

}  // namespace adagrain
