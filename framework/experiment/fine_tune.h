// A training of an experiment of kind fine_tune, under the accuracy monitor: after each epoch the decoded
// file is judged on validation data, the plan backs off or tightens, and the best file so far is on disk.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "framework/experiment/fine_tune_config.h"
#include "framework/experiment/job_options.h"
#include "framework/report/results.h"

namespace adagrain {

// Trains, and leaves <stem>.grain (the best file) and <stem>.h5 (its rows); `say` gets one line for each
// epoch. Stopped, the same call goes on where it was; killed, after the last finished epoch. Of `options` the
// threads and the identity count.
void fine_tune(const FineTuneConfig& config, const std::filesystem::path& stem, const JobOptions& options,
               const std::function<void(const std::string&)>& say);

// How many epochs a job's results tell of; all of them only when the test outcome is there too.
int finished_epochs(const FineTuneConfig& config, const Results& results);

}  // namespace adagrain
