// `adagrain run`: the trials of an experiment, on all cores. Of kind comparison: the product of networks,
// seeds, policies and budgets; of kind fine_tune: trainings and seeds.
//
// A job, the trials of one network or training with one seed, is a process of its own that keeps its results
// under <output>/<name>.trials/; the parent gathers them into <output>/<name>.h5. A job that was killed goes
// on where it stopped: finished trials are not measured again. What a run was given is read once by the
// parent; a job that reads something else is refused.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "framework/experiment/experiment_config.h"
#include "framework/experiment/fine_tune_config.h"
#include "framework/experiment/job_options.h"

namespace adagrain {

struct RunOptions {
  std::filesystem::path file;    // the experiment's YAML
  std::filesystem::path output;  // folder of results
  int threads = 1;
  bool fresh = false;  // forget earlier trials
  // Told what is measured anew, and why, before it is.
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

struct RunOutcome {
  std::filesystem::path results;  // whatever could be measured
  std::string failure;            // "2 of 6 jobs failed, ..."; empty for none
};

// Runs everything that is not done yet. Throws Interrupted after Ctrl-C, DataError when another process is at
// work on the same results or when they cannot be written.
RunOutcome run_experiment(const ExperimentConfig& experiment, const RunOptions& options);
RunOutcome run_experiment(const FineTuneExperiment& experiment, const RunOptions& options);

// One process's share (comparison_job.h has the other kind); prints a line on stdout for each epoch.
void run_job(const FineTuneExperiment& experiment, std::size_t job, const JobOptions& options);

}  // namespace adagrain
