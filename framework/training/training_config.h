// How a network is trained. Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "framework/core/config.h"
#include "framework/core/identity.h"

namespace adagrain {

// Applied to each training image anew in each epoch.
struct Augmentation {
  int shift = 0;      // up to so many pixels in each direction, zeros moving in
  bool flip = false;  // left to right, for half of the images
  int erase = 0;      // side of a square set to zero at a random place, pixels
};

struct TrainingConfig {
  std::string network, dataset, device = "auto";
  std::filesystem::path output;   // safetensors; the recipe's result goes beside it as .json
  std::string optimizer = "sgd";  // sgd (Nesterov momentum 0.9) or adamw
  int epochs = 10;
  int batch_size = 128;
  double learning_rate =
      0.05;             // the peak: rises linearly over `warmup` of the steps, then falls to 0 as a cosine
  double warmup = 0.1;  // share of all steps, 0..1
  double weight_decay = 5e-4;
  double label_smoothing = 0;
  Augmentation augmentation;
  std::uint64_t seed = 1;
  // Updates from one record of the layers' profile to the next; 0: none. At 100 below 3 % of the training
  // time for every network of the zoo: observer_overhead_benchmark measures it.
  std::int64_t profile_every = 100;
  std::string text;     // the YAML, for provenance
  Identity conditions;  // what a training that goes on must agree with beside these fields
};

// Network, dataset, device and everything about the optimiser; `output` and `finish` are the caller's. What
// the file leaves out is taken from `defaults`. Throws ConfigError.
TrainingConfig read_training_config(const Config& yaml, TrainingConfig defaults = {});

// What makes two trainings the same: all but where the result goes and the text that said so.
Identity identity_of(const TrainingConfig& config);

// Throws ConfigError.
TrainingConfig load_training_config(const std::filesystem::path& file);

}  // namespace adagrain
