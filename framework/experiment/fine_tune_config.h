// What an experiment of kind fine_tune says: networks trained through their compression.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/core/identity.h"
#include "framework/evaluation/classifier.h"
#include "framework/training/training_config.h"

namespace adagrain {

struct FineTuneConfig {
  TrainingConfig training;      // its learning rate is 0.01 where a recipe's is 0.05
  ClassifierOptions reference;  // the float32 network that drops and ratios are measured against
  ClassifierOptions teacher;    // the reference unless another one is named
  std::string label;            // what tables and figures show
  std::string plan;             // Plan as JSON; empty: `candidate` for every layer
  // Where it prunes by sensitivity (saliency=1), by that of the reference's weights, measured once; not from
  // scratch.
  std::string candidate;
  double step_rms = 0;      // > 0: each layer's step, in root mean squares of the reference's weights
  double rate_weight = 0;   // nats of loss that one bit is worth
  double distillation = 0;  // share of the teacher's outputs in the loss, 0..1
  double max_drop_points = 0.5;
  double standard_errors = 0;  // MonitorOptions
  bool from_scratch = false;   // compressed from the first step on, instead of the reference's weights
  SmallTensorRule small_tensors = SmallTensorRule::float16;
  std::vector<std::string> hardware;  // presets

  // "fashion_mnist_lenet5_caffe_fine_tune_seed1": of its files and of its run.
  std::string name() const;
};

struct FineTuneExperiment {
  std::string name;                       // results go to <output>/<name>.h5
  std::vector<FineTuneConfig> trainings;  // each with each seed
  std::vector<std::uint64_t> seeds = {1};
  std::string text;  // the YAML, for provenance
};

// Everything is checked before any work. Throws ConfigError.
FineTuneExperiment load_fine_tune(const std::filesystem::path& file);

// What changes a training's numbers: all it was told, and the contents of the files that it reads. Throws
// DataError when one cannot be read.
Identity job_identity(const FineTuneConfig& config);

}  // namespace adagrain
