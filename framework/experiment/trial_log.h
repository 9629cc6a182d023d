// What one trial has measured so far, in an HDF5 file of its own that survives a kill.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "framework/experiment/experiment_config.h"
#include "framework/report/schema.h"

namespace adagrain {

// Where a trial keeps its files, without their endings.
std::filesystem::path trial_stem(const ExperimentConfig& experiment, const Trial& trial,
                                 const std::filesystem::path& output);

class TrialLog {
 public:
  // Goes on with `file` when it was written under the same signature, else starts anew. The signature names
  // whatever changes the numbers: the experiment's conditions, the contents of the network's weights and of
  // the files that trained policies read. What the program measures and how it writes files is added to it.
  TrialLog(const std::filesystem::path& file, const std::string& signature);

  bool finished(const std::string& run) const { return finished_.contains(run); }
  std::size_t finished_count() const { return finished_.size(); }

  const ResultsFile& file() const { return file_; }
  ResultsFile& file() { return file_; }

  template <typename Row>
  void add(const Row& row) {
    append(file_, row);
  }

 private:
  ResultsFile file_;
  std::set<std::string> finished_;
};

// Throws DataError when the weights or a policy's file cannot be read.
std::string trial_signature(const ExperimentConfig& experiment, const Trial& trial);

}  // namespace adagrain
