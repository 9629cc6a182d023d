#include "framework/experiment/run.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "framework/core/child_processes.h"
#include "framework/core/interrupt.h"
#include "framework/core/progress.h"
#include "framework/core/provenance.h"
#include "framework/experiment/trial_log.h"

namespace adagrain {

namespace {

// Runs of a trial whose rows an earlier sitting has left behind.
std::size_t finished_runs(const ExperimentConfig& experiment, const Trial& trial,
                          const std::filesystem::path& output) {
  const std::filesystem::path file = trial_stem(experiment, trial, output).string() + ".h5";
  if (!std::filesystem::exists(file)) return 0;
  return TrialLog(file, trial_signature(experiment, trial)).finished_count();
}

template <typename Row>
void gather(const ResultsFile& from, ResultsFile& to) {
  append_all(to, read_rows<Row>(from));
}

// Every trial's rows in one file; the trials' own files stay for resuming.
std::filesystem::path gather_results(const ExperimentConfig& experiment,
                                     const std::filesystem::path& output) {
  const std::filesystem::path file = output / (experiment.name + ".h5");
  ResultsFile results = ResultsFile::create(file);
  results.set_attribute("config", experiment.text);
  results.set_attribute("seeds", fmt::format("{}", fmt::join(experiment.seeds, ", ")));
  results.set_attribute("versions", version_description());
  results.set_attribute("machine", machine_description());
  create_table<ProfileRow>(results);
  create_table<StepRow>(results);
  create_table<LayerRow>(results);
  create_table<RunRow>(results);
  for (const Trial& trial : trials(experiment)) {
    const std::filesystem::path part = trial_stem(experiment, trial, output).string() + ".h5";
    if (!std::filesystem::exists(part)) continue;
    const ResultsFile measured = ResultsFile::open_read_only(part);
    gather<ProfileRow>(measured, results);
    gather<StepRow>(measured, results);
    gather<LayerRow>(measured, results);
    gather<RunRow>(measured, results);
  }
  results.finish();
  return file;
}

std::vector<std::string> worker_command(const RunOptions& options, std::size_t trial, int threads) {
  return {"/proc/self/exe",      "--threads", std::to_string(threads), "run",
          options.file.string(), "--output",  options.output.string(), "--trial",
          std::to_string(trial)};
}

struct Spread {
  double mean = 0, deviation = 0;
};

Spread spread(const std::vector<double>& values) {
  Spread result;
  for (const double value : values) result.mean += value / static_cast<double>(values.size());
  for (const double value : values) result.deviation += (value - result.mean) * (value - result.mean);
  if (values.size() > 1)
    result.deviation = std::sqrt(result.deviation / static_cast<double>(values.size() - 1));
  return result;
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
  const std::filesystem::path folder = options.output / (experiment.name + ".trials");
  if (options.fresh) std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::vector<Trial> all = trials(experiment);
  const std::size_t runs_each = experiment.policies.size() * experiment.max_drop_points.size();
  std::vector<std::size_t> open;
  std::size_t earlier = 0;
  for (std::size_t index = 0; index < all.size(); ++index) {
    const std::size_t finished = finished_runs(experiment, all[index], options.output);
    earlier += finished;
    if (finished < runs_each) open.push_back(index);
  }
  // A process on one thread wastes nothing; with fewer trials than cores each gets several.
  const int at_once = std::clamp(options.threads, 1, std::max(1, static_cast<int>(open.size())));
  std::vector<std::vector<std::string>> commands;
  for (const std::size_t index : open)
    commands.push_back(worker_command(options, index, options.threads / at_once));
  Progress progress(experiment.name, static_cast<std::int64_t>(all.size() * runs_each), "runs");
  if (earlier > 0) progress.advance(static_cast<std::int64_t>(earlier), "resumed");
  const auto results = run_children(commands, at_once,
                                    [&](std::size_t, const std::string& line) { progress.advance(1, line); });
  progress.finish();
  stop_if_interrupted("finished runs are kept; run the same command to go on");
  const std::filesystem::path file = gather_results(experiment, options.output);
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const ChildResult& result) { return result.exit_code != 0; });
  require<DataError>(failed == 0, "{} of {} trials failed, as said above; what finished is in {}", failed,
                     all.size(), file.string());
  return file;
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
  TextTable table({"dataset", "network", "budget", "policy", "ratio", "bytes", "accuracy %", "drop",
                   "validation drop", "kept budget", "Mcycles", "energy uJ", "off-chip kB", "evaluations",
                   "seconds", "hardware"});
  for (const Key& key : order) {
    const std::vector<const RunRow*>& group = groups[key];
    const auto kept =
        std::count_if(group.begin(), group.end(), [](const RunRow* row) { return row->within_budget; });
    const auto& [dataset, network, budget, hardware, policy] = key;
    table.add({dataset, network, fmt::format("{}", budget), policy,
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
               fmt::format("{}/{}", kept, group.size()),
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
               hardware});
  }
  return table;
}

}  // namespace adagrain
