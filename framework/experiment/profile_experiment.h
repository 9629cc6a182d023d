// Experiments of kind profile: a training by a recipe, for the sake of what its layers go through.
#pragma once

#include <filesystem>
#include <string>

#include "framework/experiment/run.h"
#include "framework/training/training_config.h"

namespace adagrain {

struct ProfileExperiment {
  std::string name;         // results go to <output>/<name>.h5
  TrainingConfig training;  // the recipe's, with the experiment's epochs and device; its output is only named
};

// The recipe is checked as well. Throws ConfigError.
ProfileExperiment load_profile_experiment(const std::filesystem::path& file);

// Trains unless the same training has left its results there, and prints a line for each epoch. The weights
// go to <output>/<name>.trials/. Returns the results file; throws Interrupted after Ctrl-C.
std::filesystem::path run_experiment(const ProfileExperiment& experiment, const RunOptions& options);

}  // namespace adagrain
