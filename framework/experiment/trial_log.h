// What one trial has measured so far, in an HDF5 file of its own that survives a kill.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "framework/experiment/experiment_config.h"
#include "framework/report/results_file.h"
#include "framework/report/schema.h"

namespace adagrain {

class TrialLog {
 public:
  // Goes on with `file` when it was written under the same signature, else starts anew. The signature is whatever
  // changes the numbers: the experiment's text, the weights, the seed.
  TrialLog(const std::filesystem::path& file, const std::string& signature);

  bool finished(const std::string& run) const { return finished_.contains(run); }

  void step(const StepRow& row);
  void layer(const LayerRow& row);
  // Ends the run: written last, so that a run is either whole or measured again.
  void run(const RunRow& row);
  void profile(const ModelProfile& profile, const std::string& network);

 private:
  ResultsFile file_;
  std::set<std::string> finished_;
};

}  // namespace adagrain
