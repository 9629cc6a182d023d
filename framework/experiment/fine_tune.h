// `adagrain fine-tune`: trains a network through its compression under the accuracy monitor. After each epoch
// the decoded file is judged on validation data, the plan backs off or tightens, and the best file so far is
// on disk.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "framework/compression/plan.h"
#include "framework/experiment/outcome.h"
#include "framework/training/classifier.h"
#include "framework/training/training_config.h"

namespace adagrain {

struct FineTuneConfig {
  TrainingConfig training;
  ClassifierOptions reference;  // the float32 network that drops and ratios are measured against
  std::string plan;             // Plan as JSON; empty: `candidate` for every layer
  std::string candidate;
  double step_rms = 0;     // > 0: each layer's step, in root mean squares of the reference's weights
  double rate_weight = 0;  // nats of loss that one bit is worth
  double max_drop_points = 0.5;
  bool from_scratch = false;     // compressed from the first step on, instead of the reference's weights
  std::filesystem::path output;  // without ending: .grain, .h5, and .resume while it runs
};

// Everything is checked before any work. Throws ConfigError.
FineTuneConfig load_fine_tune(const std::filesystem::path& file);

struct FineTuned {
  std::filesystem::path file, results;
  Outcome validation;          // of the file that was kept
  Outcome test;                // measured once, at the end
  bool within_budget = false;  // on validation data
};

// `say` gets one line for each epoch. Stopped or killed, the same call goes on after the last finished epoch;
// finished, it answers from what it left on disk.
FineTuned fine_tune(const FineTuneConfig& config, const std::function<void(const std::string&)>& say);

}  // namespace adagrain
