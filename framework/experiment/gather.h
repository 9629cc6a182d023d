// The results of a run, out of those of its jobs.
#pragma once

#include "framework/report/results.h"

namespace adagrain {

// Appends what a job has measured: of a trial that was stopped and repeated the steps of its last try; of a
// network that several jobs have profiled the first profile.
void gather(const Results& job, Results& run);

}  // namespace adagrain
