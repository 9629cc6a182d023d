// The rows that a finished trial leaves in the results, however its plan was found.
#pragma once

#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/container/grain_file.h"
#include "framework/core/tensor.h"
#include "framework/evaluation/classifier.h"
#include "framework/experiment/job_log.h"
#include "framework/report/schema.h"
#include "framework/search/outcome.h"

namespace adagrain {

// The file that was kept, and what it is compared with.
struct FinishedTrial {
  const GrainReader& container;
  const Plan& plan;  // of the container
  const std::vector<LayerDescription>& layers;
  const Checkpoint& weights;                 // the float32 ones that were encoded
  const std::vector<std::string>& hardware;  // presets
};

// `row` completed by the test outcome and the cost on each preset, and a row for each layer.
Results trial_results(RunRow row, const Outcome& test, const FinishedTrial& trial);

// What the trials are compared with: each network once for each preset, but for those that cannot be loaded,
// whose jobs have said so.
std::vector<ReferenceRow> reference_rows(const std::vector<ClassifierOptions>& networks,
                                         const std::vector<std::string>& hardware);

}  // namespace adagrain
