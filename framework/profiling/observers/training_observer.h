// The profile as a time series: every so many steps of a training, a row per layer in /training_profile.
#pragma once

#include <optional>
#include <string>

#include "framework/profiling/observers/activation_observer.h"
#include "framework/report/results_log.h"
#include "framework/training/trainer.h"

namespace adagrain {

class TrainingObserver : public TrainingHook {
 public:
  static constexpr std::int64_t kImages = 32;  // of the batch whose activations and gradients count

  // Rows go to `log`, which outlives the observer, under the name `run`. Steps that a run stopped earlier has
  // recorded already are not recorded again when training goes on.
  TrainingObserver(ResultsLog& log, std::string run, std::int64_t steps_per_epoch, std::int64_t every);

  void before_forward(Network& network, const Batch& batch, std::int64_t step) override;
  // Throws DataError naming the layer when training has diverged to values that are not finite.
  void after_backward(Network& network, std::int64_t step) override;

 private:
  ResultsLog& log_;
  std::string run_;
  std::int64_t steps_per_epoch_, every_;
  std::int64_t first_step_ = 0;
  std::optional<ActivationObserver> activations_;  // of the step that is recorded
  torch::Tensor images_, labels_;
};

}  // namespace adagrain
