// What one job, a process's share of a run, has measured so far: it survives a kill.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "framework/core/identity.h"
#include "framework/experiment/experiment_config.h"
#include "framework/report/results_log.h"
#include "framework/report/schema.h"

namespace adagrain {

// Where a job keeps its files, without their endings: "<output>/<experiment>.trials/<job>".
std::filesystem::path job_stem(const std::filesystem::path& output, const std::string& experiment,
                               const std::string& job);

// What every job's numbers depend on beside what it was told: how this program measures and writes files.
Identity program_identity();

// What changes a job's numbers: the experiment's conditions and policies, the seed, and the contents of the
// network's weights, of its data and of the files that policies read. Throws DataError when one cannot be
// read.
Identity job_identity(const ExperimentConfig& experiment, const Job& job);

// "was changed while ...": throws DataError when what a run was given is no longer what it began with.
void require_unchanged(const Identity& begun, const Identity& now, const std::string& job);

// The tables of a job, empty.
Results job_tables();
// The names of the trials that have a row in /runs.
std::set<std::string> finished_trials(const Results& results);

class JobLog {
 public:
  // Goes on with <stem>.h5 or its journal when they were written under the same identity, else begins anew.
  // `threads` is kept with a job that begins: with another number it would go on to other numbers.
  JobLog(const std::filesystem::path& stem, const Identity& identity, int threads);

  bool finished(const std::string& trial) const { return finished_.contains(trial); }

  ResultsLog& results() { return log_; }
  const Results& content() const { return log_.content(); }

  // On disk as a whole, or not at all.
  template <typename Row>
  void add(const Row& row) {
    append(rows_of<Row>({row}));
  }
  void append(const Results& more);
  // The results file as a whole, once every trial is finished.
  void finish() { log_.finish(); }

 private:
  ResultsLog log_;
  std::set<std::string> finished_;
};

// The threads of a job that was begun earlier; `fallback` where none was.
int threads_of(const Results& earlier, int fallback);

}  // namespace adagrain
