#include "framework/experiment/run.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "framework/core/child_processes.h"
#include "framework/core/error.h"
#include "framework/core/file_lock.h"
#include "framework/core/interrupt.h"
#include "framework/evaluation/torch_runtime.h"
#include "framework/experiment/fine_tune.h"
#include "framework/experiment/gather.h"
#include "framework/experiment/job_log.h"
#include "framework/experiment/result_rows.h"
#include "framework/hardware/accelerator.h"
#include "framework/report/provenance_texts.h"
#include "framework/report/results_file.h"
#include "framework/terminal/progress.h"
#include "framework/terminal/terminal.h"

namespace adagrain {

namespace {

constexpr const char* kLockName = ".lock";

// Either kind of experiment as its jobs.
struct JobSet {
  struct Part {
    std::string name;
    Identity identity;
    int units = 0;  // of progress
    std::function<int(const Results&)> finished_units;
  };
  std::string name, text;
  std::vector<std::uint64_t> seeds;
  const char* unit = "";
  std::vector<Part> parts;
  std::vector<ClassifierOptions> networks;
  std::vector<std::string> hardware;
};

std::filesystem::path results_of(const JobSet& set, const JobSet::Part& part, const RunOptions& options) {
  return job_stem(options.output, set.name, part.name).string() + ".h5";
}

std::filesystem::path folder_of(const std::string& experiment, const RunOptions& options) {
  return options.output / (experiment + ".trials");
}

// All but the lock, which is ours.
void forget_earlier_trials(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename() != kLockName) std::filesystem::remove_all(entry.path());
}

// Whatever the jobs have measured, as one.
Results gathered(const JobSet& set, const RunOptions& options) {
  Results results = job_tables();
  results.add(rows_of(reference_rows(set.networks, set.hardware)));
  results.texts = provenance_texts();
  results.texts["config"] = set.text;
  results.texts["seeds"] = fmt::format("{}", fmt::join(set.seeds, ", "));
  for (const ClassifierOptions& network : set.networks)
    results.texts["data " + network.dataset] = dataset_facts(network.dataset).checksum;
  for (const std::string& preset : set.hardware)
    results.texts["hardware " + preset] = accelerator_text(preset);
  for (const JobSet::Part& part : set.parts)
    gather(earlier_results(results_of(set, part, options), part.identity, job_tables()).results, results);
  return results;
}

// What there is to do: the processes that do it, and how far earlier ones came.
struct Work {
  std::vector<std::vector<std::string>> commands;
  std::int64_t units = 0, finished = 0;
};

Work open_work(const JobSet& set, int at_once, const RunOptions& options) {
  Work work;
  for (std::size_t index = 0; index < set.parts.size(); ++index) {
    const JobSet::Part& part = set.parts[index];
    const EarlierResults earlier =
        earlier_results(results_of(set, part, options), part.identity, job_tables());
    if (!earlier.lost.empty()) options.note(fmt::format("{}: is measured anew: {}", part.name, earlier.lost));
    work.units += part.units;
    work.finished += part.finished_units(earlier.results);
    if (earlier.finished) continue;
    // Sums depend on how many threads share them: a job goes on with as many as it began with.
    const int threads = threads_of(earlier.results, options.threads / at_once);
    work.commands.push_back({"/proc/self/exe", "--threads", std::to_string(threads), "run", "--output",
                             options.output.string(), "--job", std::to_string(index), "--identity",
                             part.identity.checksum(), "--", options.file.string()});
  }
  return work;
}

RunOutcome run_jobs(const JobSet& set, const RunOptions& options) {
  const std::filesystem::path folder = folder_of(set.name, options);
  std::filesystem::create_directories(folder);
  const FileLock lock(folder / kLockName, folder);
  if (options.fresh) forget_earlier_trials(folder);
  // A process on one thread wastes nothing; with fewer jobs than cores each gets several.
  const int at_once = std::clamp(options.threads, 1, std::max(1, static_cast<int>(set.parts.size())));
  const Work work = open_work(set, at_once, options);
  Progress progress(set.name, work.units, set.unit, work.finished);
  const auto ended = run_children(work.commands, at_once, [&](std::size_t, const std::string& line) {
    const bool note = line.starts_with(kNote);
    progress.advance(note ? 0 : 1, line.substr(note ? kNote.size() : 0));
  });
  progress.finish();
  stop_if_interrupted(options.fresh ? "finished work is kept; run the same command without --fresh to go on"
                                    : "finished work is kept; run the same command to go on");
  RunOutcome outcome{options.output / (set.name + ".h5"), {}};
  try {
    write_results(outcome.results, gathered(set, options));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}; what was measured is kept in {}, and the same command goes on",
                                error.what(), folder.string()));
  }
  const auto failed = std::count_if(ended.begin(), ended.end(),
                                    [](const ChildResult& result) { return result.exit_code != 0; });
  if (failed > 0)
    outcome.failure = fmt::format("{} of {} jobs failed, as said above; what finished is in {}", failed,
                                  set.parts.size(), outcome.results.string());
  return outcome;
}

}  // namespace

RunOutcome run_experiment(const ExperimentConfig& experiment, const RunOptions& options) {
  for (const ClassifierOptions& network : experiment.networks) resolve_device(network.device);
  JobSet set{experiment.name,     experiment.text,    experiment.seeds, "trials", {},
             experiment.networks, experiment.hardware};
  for (const Job& job : jobs(experiment)) {
    const int trials = static_cast<int>(experiment.policies.size() * experiment.max_drop_points.size());
    set.parts.push_back(
        {job_name(experiment, job), job_identity(experiment, job), trials,
         [](const Results& earlier) { return static_cast<int>(finished_trials(earlier).size()); }});
  }
  return run_jobs(set, options);
}

RunOutcome run_experiment(const FineTuneExperiment& experiment, const RunOptions& options) {
  for (const FineTuneConfig& training : experiment.trainings) resolve_device(training.training.device);
  JobSet set{experiment.name, experiment.text, experiment.seeds, "epochs", {}, {}, {}};
  for (const FineTuneConfig& training : experiment.trainings) {
    set.parts.push_back({training.name(), job_identity(training), training.training.epochs,
                         [&training](const Results& earlier) { return finished_epochs(training, earlier); }});
    set.networks.push_back(training.reference);
    set.hardware = training.hardware;  // the same for all
  }
  return run_jobs(set, options);
}

void run_job(const FineTuneExperiment& experiment, std::size_t job, const JobOptions& options) {
  const FineTuneConfig& training = experiment.trainings.at(job);
  fine_tune(training, job_stem(options.output, experiment.name, training.name()), options,
            [&](const std::string& line) { print_line(fmt::format("{}: {}", training.name(), line)); });
}

}  // namespace adagrain
