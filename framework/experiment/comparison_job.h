// One process's share of a comparison: one network with one seed, measured under every policy and budget.
#pragma once

#include <cstddef>

#include "framework/experiment/experiment_config.h"
#include "framework/experiment/job_options.h"

namespace adagrain {

// Prints a line on stdout for each finished trial. A policy that fails does not keep the others from their
// turn; throws DataError at the end.
void run_job(const ExperimentConfig& experiment, std::size_t job, const JobOptions& options);

}  // namespace adagrain
