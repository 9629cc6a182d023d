// `adagrain train-model`: a recipe's YAML to a trained network on disk. Torch-free.
#pragma once

#include <functional>
#include <string>

#include "framework/training/training_config.h"

namespace adagrain {

struct TrainedNetwork {
  std::filesystem::path weights;  // safetensors
  std::filesystem::path report;   // JSON: recipe, seed, epochs, accuracies, speed
  double validation_accuracy = 0;
  double test_accuracy = 0;  // measured once, of the weights that were chosen on validation
  double images_per_second = 0;
  double share_of_gemm_peak = 0;  // operations of training (3 passes) over the machine's matrix product, 0..1
  int best_epoch = 0;
};

// Beside the weights: what was measured, and where a training that was stopped goes on.
std::filesystem::path report_file(const TrainingConfig& config);
std::filesystem::path resume_file(const TrainingConfig& config);

// Whether `profile` holds the finished results of this training.
bool has_results(const TrainingConfig& config, const std::filesystem::path& profile);

// `say` gets one line for each epoch. Interrupted or killed, the same call goes on after the last update
// (Ctrl-C) or epoch (kill) that was kept. With `profile`, the profile of every layer over training and a row
// per epoch go to that results file; a training that goes on throws ConfigError when those of another are
// there.
TrainedNetwork train_model(const TrainingConfig& config, const std::function<void(const std::string&)>& say,
                           const std::filesystem::path& profile = {});

}  // namespace adagrain
