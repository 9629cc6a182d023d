#include "framework/experiment/run.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

#include "framework/core/child_processes.h"
#include "framework/core/interrupt.h"
#include "framework/evaluation/torch_runtime.h"
#include "framework/experiment/result_rows.h"
#include "framework/experiment/trial_log.h"
#include "framework/hardware/accelerator.h"
#include "framework/report/run_summary.h"
#include "framework/terminal/progress.h"
#include "framework/terminal/terminal.h"

namespace adagrain {

namespace {

// Either kind of experiment as its trials: processes of their own, each with its own results file.
struct TrialSet {
  struct Part {
    std::filesystem::path results;
    int units = 0, finished = 0;  // of progress; those that an earlier sitting has left behind
  };
  std::string name, text;
  std::vector<std::uint64_t> seeds;
  const char* unit = "";
  std::vector<Part> parts;
  std::vector<ClassifierOptions> networks;
  std::vector<std::string> hardware;
};

template <typename Row>
void gather(const ResultsFile& from, ResultsFile& to) {
  append_all(to, read_rows<Row>(from));
}

// A run that was stopped and repeated has the steps of its last try.
void gather_steps(const ResultsFile& from, ResultsFile& to) {
  std::map<std::string, std::vector<StepRow>> of_run;
  std::vector<std::string> order;
  for (StepRow& row : read_rows<StepRow>(from)) {
    std::vector<StepRow>& steps = of_run[row.run];
    if (steps.empty()) order.push_back(row.run);
    if (row.step == 0) steps.clear();
    steps.push_back(std::move(row));
  }
  for (const std::string& run : order) append_all(to, of_run.at(run));
}

// A run that was killed while these rows were written wrote them again, and the same. key(row) tells them
// apart.
template <typename Row, typename Key>
void gather_once(const ResultsFile& from, ResultsFile& to, const Key& key) {
  std::set<decltype(key(Row{}))> seen;
  std::vector<Row> rows;
  for (Row& row : read_rows<Row>(from)) {
    if (seen.insert(key(row)).second) rows.push_back(std::move(row));
  }
  append_all(to, rows);
}

// A network's profile once, not once for each seed.
void gather_profile(const ResultsFile& from, ResultsFile& to, std::set<std::string>& networks) {
  const std::vector<ProfileRow> rows = read_rows<ProfileRow>(from);
  if (!rows.empty() && networks.insert(rows.front().dataset + "/" + rows.front().network).second)
    append_all(to, rows);
}

// Every trial's rows in one file; the trials' own files stay for resuming.
void gather_results(const TrialSet& set, const std::filesystem::path& file) {
  const std::vector<ReferenceRow> references = reference_rows(set.networks, set.hardware);
  ResultsFile results = ResultsFile::create(file);
  results.set_attribute("config", set.text);
  results.set_provenance();
  results.set_attribute("seeds", fmt::format("{}", fmt::join(set.seeds, ", ")));
  for (const std::string& preset : set.hardware)
    results.set_attribute("hardware " + preset, accelerator_text(preset));
  create_table<ProfileRow>(results);
  create_table<StepRow>(results);
  create_table<LayerRow>(results);
  create_table<RunRow>(results);
  create_table<TrainingRow>(results);
  create_table<TrainingProfileRow>(results);
  create_table<ReferenceRow>(results);
  append_all(results, references);
  std::set<std::string> profiled;
  for (const TrialSet::Part& part : set.parts) {
    if (!std::filesystem::exists(part.results)) continue;
    const ResultsFile measured = ResultsFile::open_read_only(part.results);
    gather_profile(measured, results, profiled);
    gather_steps(measured, results);
    gather_once<LayerRow>(measured, results,
                          [](const LayerRow& row) { return std::tuple(row.run, row.hardware, row.layer); });
    gather<RunRow>(measured, results);
    gather_once<TrainingRow>(measured, results,
                             [](const TrainingRow& row) { return std::pair(row.run, row.epoch); });
    gather<TrainingProfileRow>(measured, results);
  }
  results.finish();
}

void prepare_folder(const std::string& experiment, const RunOptions& options) {
  const std::filesystem::path folder = options.output / (experiment + ".trials");
  if (options.fresh) std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
}

std::filesystem::path run_trials(const TrialSet& set, const RunOptions& options) {
  std::vector<std::size_t> open;
  std::int64_t units = 0, earlier = 0;
  for (std::size_t index = 0; index < set.parts.size(); ++index) {
    const TrialSet::Part& part = set.parts[index];
    units += part.units;
    earlier += part.finished;
    if (part.finished < part.units) open.push_back(index);
  }
  // A process on one thread wastes nothing; with fewer trials than cores each gets several.
  const int at_once = std::clamp(options.threads, 1, std::max(1, static_cast<int>(open.size())));
  std::vector<std::vector<std::string>> commands;
  for (const std::size_t index : open) {
    commands.push_back({"/proc/self/exe", "--threads", std::to_string(options.threads / at_once), "run",
                        options.file.string(), "--output", options.output.string(), "--trial",
                        std::to_string(index)});
  }
  Progress progress(set.name, units, set.unit, earlier);
  const auto results = run_children(commands, at_once, [&](std::size_t, const std::string& line) {
    const bool note = line.starts_with(kNote);
    progress.advance(note ? 0 : 1, line.substr(note ? kNote.size() : 0));
  });
  progress.finish();
  stop_if_interrupted(options.fresh ? "finished work is kept; run the same command without --fresh to go on"
                                    : "finished work is kept; run the same command to go on");
  const std::filesystem::path file = options.output / (set.name + ".h5");
  gather_results(set, file);
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const ChildResult& result) { return result.exit_code != 0; });
  require<DataError>(failed == 0, "{} of {} trials failed, as said above; what finished is in {}", failed,
                     set.parts.size(), file.string());
  return file;
}

std::filesystem::path fine_tune_stem(const FineTuneExperiment& experiment, const FineTuneConfig& training,
                                     const RunOptions& options) {
  return options.output / (experiment.name + ".trials") / training.name();
}

// "12.31" for one seed, "12.31 ± 0.20" for several.
std::string show(const std::vector<const RunRow*>& rows, double (*value)(const RunRow&), int digits) {
  std::vector<double> values;
  for (const RunRow* row : rows) values.push_back(value(*row));
  const Spread found = spread(values);
  if (values.size() == 1) return fmt::format("{:.{}f}", found.mean, digits);
  return fmt::format("{:.{}f} ± {:.{}f}", found.mean, digits, found.deviation, digits);
}

}  // namespace

std::filesystem::path run_experiment(const ExperimentConfig& experiment, const RunOptions& options) {
  for (const ClassifierOptions& network : experiment.networks) resolve_device(network.device);
  prepare_folder(experiment.name, options);
  TrialSet set{experiment.name,     experiment.text,    experiment.seeds, "runs", {},
               experiment.networks, experiment.hardware};
  for (const Trial& trial : trials(experiment)) {
    TrialSet::Part part;
    part.results = trial_stem(experiment, trial, options.output).string() + ".h5";
    part.units = static_cast<int>(experiment.policies.size() * experiment.max_drop_points.size());
    const std::string signature = trial_signature(experiment, trial);  // a file that is missing stops here
    if (std::filesystem::exists(part.results)) {
      const TrialLog log(part.results, signature);
      part.finished = static_cast<int>(log.finished_count());
    }
    set.parts.push_back(part);
  }
  return run_trials(set, options);
}

std::filesystem::path run_experiment(const FineTuneExperiment& experiment, const RunOptions& options) {
  for (const FineTuneConfig& training : experiment.trainings) resolve_device(training.training.device);
  prepare_folder(experiment.name, options);
  TrialSet set{experiment.name, experiment.text, experiment.seeds, "epochs", {}, {}, {}};
  for (const FineTuneConfig& training : experiment.trainings) {
    const std::filesystem::path stem = fine_tune_stem(experiment, training, options);
    set.parts.push_back({stem.string() + ".h5", training.training.epochs, finished_epochs(training, stem)});
    set.networks.push_back(training.reference);
    set.hardware = training.hardware;  // the same for all
  }
  return run_trials(set, options);
}

void run_trial(const FineTuneExperiment& experiment, std::size_t trial, const RunOptions& options) {
  const FineTuneConfig& training = experiment.trainings.at(trial);
  fine_tune(training, fine_tune_stem(experiment, training, options),
            [&](const std::string& line) { print_line(fmt::format("{}: {}", training.name(), line)); });
}

TextTable summary_table(const std::filesystem::path& results) {
  const std::vector<RunRow> rows = read_rows<RunRow>(ResultsFile::open_read_only(results));
  using Key = std::tuple<std::string, std::string, double, std::string, std::string>;
  std::map<Key, std::vector<const RunRow*>> groups;
  std::vector<Key> order;  // of first appearance: as the experiment lists them
  for (const RunRow& row : rows) {
    const Key key = {row.dataset, row.network, row.max_drop_points, row.hardware, row.policy};
    if (groups[key].empty()) order.push_back(key);
    groups[key].push_back(&row);
  }
  std::stable_sort(order.begin(), order.end(), [](const Key& left, const Key& right) {
    return std::tie(std::get<0>(left), std::get<1>(left), std::get<2>(left), std::get<3>(left)) <
           std::tie(std::get<0>(right), std::get<1>(right), std::get<2>(right), std::get<3>(right));
  });
  TextTable table({"network", "policy", "budget", "kept", "ratio", "bytes", "accuracy %", "drop",
                   "validation drop", "Mcycles", "energy uJ", "off-chip kB", "evaluations", "seconds",
                   "dataset", "hardware"});
  for (const Key& key : order) {
    const std::vector<const RunRow*>& group = groups[key];
    const auto kept =
        std::count_if(group.begin(), group.end(), [](const RunRow* row) { return row->within_budget; });
    const auto& [dataset, network, budget, hardware, policy] = key;
    table.add({network, policy, fmt::format("{}", budget), fmt::format("{}/{}", kept, group.size()),
               show(
                   group, [](const RunRow& row) { return row.ratio; }, 2),
               show(
                   group, [](const RunRow& row) { return static_cast<double>(row.file_bytes); }, 0),
               show(
                   group, [](const RunRow& row) { return 100 * row.accuracy; }, 2),
               show(
                   group, [](const RunRow& row) { return row.drop_points; }, 2),
               show(
                   group, [](const RunRow& row) { return row.validation_drop_points; }, 2),
               show(
                   group, [](const RunRow& row) { return static_cast<double>(row.cycles) / 1e6; }, 3),
               show(
                   group, [](const RunRow& row) { return row.energy_pj / 1e6; }, 2),
               show(
                   group, [](const RunRow& row) { return static_cast<double>(row.off_chip_bytes) / 1e3; }, 1),
               show(
                   group, [](const RunRow& row) { return static_cast<double>(row.evaluations); }, 0),
               show(
                   group, [](const RunRow& row) { return row.seconds; }, 1),
               dataset, hardware});
  }
  return table;
}

std::vector<std::string> unreached_budgets(const std::filesystem::path& results) {
  std::vector<std::string> lines;
  std::set<std::string> seen;  // a run has a row for each hardware preset
  for (const RunRow& row : read_rows<RunRow>(ResultsFile::open_read_only(results))) {
    if (row.within_budget || !seen.insert(row.run).second) continue;
    lines.push_back(fmt::format(
        "{}: no file kept the budget of {} points of drop; the closest one drops {:.2f}, with a standard "
        "error of {:.2f}",
        row.run, row.max_drop_points, row.validation_drop_points, row.validation_drop_error_points));
  }
  return lines;
}

}  // namespace adagrain
