// The training loop, and the places where others step in.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "framework/evaluation/batches.h"
#include "framework/models/network.h"
#include "framework/training/training_config.h"

namespace adagrain {

// Observers and compression-aware training hang in here. Steps count from 0 over the whole training. Hooks
// nest around the passes: after_backward is called from the last hook to the first, all else from the first.
class TrainingHook {
 public:
  virtual ~TrainingHook() = default;
  virtual void before_forward(Network&, const Batch& /*batch*/, std::int64_t /*step*/) {}
  // What is minimised in place of `loss`, the cross-entropy of `logits`.
  virtual torch::Tensor shape_loss(const torch::Tensor& loss, const Batch& /*batch*/,
                                   const torch::Tensor& /*logits*/) {
    return loss;
  }
  // Gradients are there, the optimiser has not moved yet.
  virtual void after_backward(Network&, std::int64_t /*step*/) {}
  virtual void after_step(Network&, std::int64_t /*step*/) {}
  // Validation judges the network as the hook leaves it between the two.
  virtual void before_validation(Network&, int /*epoch*/) {}
  virtual void after_validation(Network&, int /*epoch*/, double /*accuracy*/) {}
  // What a resumed training needs back, as named tensors.
  virtual std::vector<std::pair<std::string, torch::Tensor>> state() { return {}; }
  virtual void restore(const std::function<torch::Tensor(const std::string&)>&) {}
};

struct EpochReport {
  int epoch = 0;
  double learning_rate = 0;        // at the end of the epoch
  double training_loss = 0;        // mean over the epoch, nats
  double validation_accuracy = 0;  // 0..1
  double images_per_second = 0;
};

struct TrainingResult {
  Checkpoint best;  // of the epoch with the highest validation accuracy
  int best_epoch = 0;
  double validation_accuracy = 0;
  double images_per_second = 0;  // training only, median over epochs
  double seconds = 0;            // over all sittings
  std::vector<EpochReport> epochs;
};

// Top-1 accuracy over a split, evaluation mode.
double accuracy(Network& network, const DatasetSplits& data, const LabelledImages& images,
                torch::Device device);

// Trains `network` in place. With `resume_file`, the whole state goes there after each epoch and at Ctrl-C
// (then throws Interrupted), and training goes on from it, to the same weights as without the break, when it
// was written by the same training on the same data. Throws ConfigError when it was not, DataError when it is
// damaged. `on_epoch` is called before the state is written: an epoch after which the process was killed is
// reported twice, and never not at all.
TrainingResult train(Network& network, const DatasetSplits& data, const TrainingConfig& config,
                     const std::filesystem::path& resume_file = {},
                     const std::vector<TrainingHook*>& hooks = {},
                     const std::function<void(const EpochReport&)>& on_epoch = {});

}  // namespace adagrain
