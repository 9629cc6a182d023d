// `adagrain run`: the trials of an experiment, on all cores. Of kind comparison: the product of networks,
// seeds, policies and budgets; of kind fine_tune: trainings and seeds.
//
// Each trial (one network or training, one seed) is a process of its own that writes its own HDF5 file under
// <output>/<name>.trials/; the parent gathers finished ones into <output>/<name>.h5. A trial that was killed
// goes on where it stopped: finished rows are not measured again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/text_table.h"
#include "framework/experiment/experiment_config.h"
#include "framework/experiment/fine_tune.h"

namespace adagrain {

struct RunOptions {
  std::filesystem::path file;    // the experiment's YAML
  std::filesystem::path output;  // folder of results
  int threads = 1;
  bool fresh = false;  // forget earlier trials
};

// Runs everything that is not done yet. Throws Interrupted after Ctrl-C, DataError when trials failed.
// Returns the results file.
std::filesystem::path run_experiment(const ExperimentConfig& experiment, const RunOptions& options);
std::filesystem::path run_experiment(const FineTuneExperiment& experiment, const RunOptions& options);

// One process's share; prints one line on stdout for each finished run or epoch. Lines that begin with kNote
// say what the process is doing.
constexpr std::string_view kNote = "  ";
// A policy that fails does not keep the others from their turn; throws DataError at the end.
void run_trial(const ExperimentConfig& experiment, std::size_t trial, const RunOptions& options);
void run_trial(const FineTuneExperiment& experiment, std::size_t trial, const RunOptions& options);

// network x policy x budget: ratio, accuracy, drop, cost, each the mean over seeds with its standard
// deviation.
TextTable summary_table(const std::filesystem::path& results);

// One line for each run whose budget was out of reach: its file is the closest that was found.
std::vector<std::string> unreached_budgets(const std::filesystem::path& results);

}  // namespace adagrain
