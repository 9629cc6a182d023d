// Experiments of kind fine_tune: networks trained through their compression under the accuracy monitor. After
// each epoch the decoded file is judged on validation data, the plan backs off or tightens, and the best file
// so far is on disk.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
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

// Trains, and leaves <stem>.grain (the best file) and <stem>.h5 (its rows); `say` gets one line for each
// epoch. Stopped, the same call goes on where it was; killed, after the last finished epoch.
void fine_tune(const FineTuneConfig& config, const std::filesystem::path& stem,
               const std::function<void(const std::string&)>& say);

// How many epochs earlier calls have left behind; all of them only when the test outcome is there too.
int finished_epochs(const FineTuneConfig& config, const std::filesystem::path& stem);

}  // namespace adagrain
