#include "framework/experiment/comparison_job.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "framework/core/files.h"
#include "framework/core/registry.h"
#include "framework/evaluation/batch_norm_folding.h"
#include "framework/evaluation/evaluator.h"
#include "framework/experiment/job_log.h"
#include "framework/experiment/result_rows.h"
#include "framework/search/accuracy_monitor.h"
#include "framework/search/pricing.h"
#include "framework/terminal/interrupt_deadline.h"
#include "framework/terminal/terminal.h"
#include "policies/policy.h"

namespace adagrain {

namespace {

using Clock = std::chrono::steady_clock;

StepRow step_row(const std::string& run, std::int64_t number, const MonitorStep& step) {
  StepRow row;
  row.run = run;
  row.step = number;
  row.action = action_name(step.action);
  if (step.move) {
    row.layer = step.move->layer;
    row.before = to_string(step.move->before);
    row.after = to_string(step.move->after);
  }
  row.rungs = step.moves;
  row.pressure = step.pressure;
  row.file_bytes = static_cast<std::int64_t>(step.outcome.file_bytes);
  row.validation_accuracy = step.outcome.accuracy;
  row.validation_drop_points = step.outcome.drop_points();
  row.validation_drop_error_points = step.outcome.drop_error_points();
  row.divergence = step.outcome.divergence;
  row.kept = step.kept;
  return row;
}

// The trials of one network with one seed, under every policy and budget.
class ComparisonJob {
 public:
  ComparisonJob(const ExperimentConfig& experiment, const Job& job, const JobOptions& options)
      : experiment_(experiment),
        job_(job),
        identity_(options.checked(job_identity(experiment, job), name())),
        stem_(job_stem(options.output, experiment.name, name())),
        log_(stem_, identity_, options.threads),
        classifier_(experiment.networks[job.network]),
        weights_(experiment.fold_batch_norm ? fold_batch_norms(classifier_.checkpoint(), classifier_.layers())
                                            : classifier_.checkpoint()),
        profile_(classifier_.profile(weights_, experiment.calibration_images, job.seed)),
        pricer_(weights_, profile_, input_factors(job.seed)),
        candidates_(pricer_.table(experiment.candidates, options.threads)) {
    require_unchanged(identity_, job_identity(experiment_, job_), name());
    if (!read_rows<ProfileRow>(log_.content()).empty()) return;  // of an earlier sitting, the same
    std::vector<ProfileRow> rows;
    for (const LayerProfile& layer : profile_.layers)
      rows.push_back(profile_row(network(), dataset(), layer));
    log_.append(rows_of(rows));
  }

  void run() {
    std::vector<std::string> failures;
    const auto failed = [&](const PolicySpec& spec, const char* reason) {
      failures.push_back(fmt::format("{}: policy '{}': {}", name(), spec.label, reason));
      print_line(fmt::format("{}failed: {}", kNote, failures.back()));
    };
    for (const PolicySpec& spec : experiment_.policies) {
      const bool done = std::all_of(experiment_.max_drop_points.begin(), experiment_.max_drop_points.end(),
                                    [&](double budget) { return log_.finished(trial_name(spec, budget)); });
      if (done) continue;
      try {
        run_policy(spec);
      } catch (const ConfigError& error) {
        failed(spec, error.what());
      } catch (const DataError& error) {
        failed(spec, error.what());
      }
    }
    std::filesystem::remove(judged_file());
    require<DataError>(failures.empty(), "{}", fmt::join(failures, "\n"));
    log_.finish();
  }

 private:
  std::string name() const { return job_name(experiment_, job_); }
  const std::string& network() const { return experiment_.networks[job_.network].network; }
  const std::string& dataset() const { return experiment_.networks[job_.network].dataset; }

  // Unique in the whole experiment, whatever the weights' folder.
  std::string trial_name(const PolicySpec& spec, double budget) const {
    return fmt::format("{}/{}/{}", name(), spec.label, budget);
  }

  // The file of the plan that is being judged.
  std::filesystem::path judged_file() const { return stem_.string() + ".trial.grain"; }

  std::map<std::string, InputFactor> input_factors(std::uint64_t seed) {
    std::map<std::string, InputFactor> factors;
    if (!needs_moments(experiment_.candidates)) return factors;
    for (const auto& [name, moments] : classifier_.input_moments(weights_, experiment_.moment_images, seed)) {
      factors[name] = factorize(moments, experiment_.damping, name);
    }
    return factors;
  }

  void run_policy(const PolicySpec& spec) {
    // One evaluator per policy: what one has measured is no help to another, so that all have the same
    // budget.
    Evaluator evaluator(classifier_, weights_, pricer_.evidence(), judged_file(),
                        experiment_.validation_images, {experiment_.bias_images, job_.seed});
    const PolicyInput input{profile_, candidates_,
                            [&](const Plan& plan) { return evaluator.evaluate(completed(plan)); }, job_.seed};
    const auto policy = Registry<Policy>::create(spec.policy);
    policy->configure(spec.config);
    const Clock::time_point started = Clock::now();
    policy->prepare(input);
    require_unchanged(identity_, job_identity(experiment_, job_), name());  // of the files it has read
    const double prepare_seconds = seconds_since(started);
    const std::int64_t prepare_evaluations = evaluator.evaluations();
    // A plan that keeps a budget keeps every larger one: the search there may not find as small a file.
    std::optional<MonitorResult> smaller;
    for (const double budget : ascending(experiment_.max_drop_points)) {
      const std::string trial = trial_name(spec, budget);
      if (log_.finished(trial)) {
        smaller = finished_search(spec, budget);
        continue;
      }
      const Clock::time_point search_started = Clock::now();
      MonitorResult found = search(spec, budget, *policy, input, evaluator);
      const MonitorOptions options = monitor_options(budget);
      if (smaller && better(options, smaller->outcome, found.outcome)) {
        smaller->evaluations = found.evaluations;
        found = *smaller;
        found.within_budget = keeps_budget(options, found.outcome);
      }
      smaller = found;
      keep_best(spec, budget, found.plan, evaluator);
      RunRow row;
      row.run = trial;
      row.policy = spec.label;
      row.max_drop_points = budget;
      row.evaluations = prepare_evaluations + found.evaluations;
      row.seconds = prepare_seconds + seconds_since(search_started);
      record(row, found, evaluator);
      print_line(trial);
    }
  }

  // What an earlier sitting found, as far as a larger budget asks for it.
  MonitorResult finished_search(const PolicySpec& spec, double budget) const {
    const std::vector<RunRow> rows = read_rows<RunRow>(log_.content());
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const RunRow& each) { return each.run == trial_name(spec, budget); });
    ensure(row != rows.end(), "no row of the finished trial '{}'", trial_name(spec, budget));
    MonitorResult found;
    found.plan = read_plan(plan_file(spec, budget));
    found.outcome.file_bytes = static_cast<std::uint64_t>(row->file_bytes);
    found.outcome.accuracy = row->validation_accuracy;
    found.outcome.reference_accuracy = row->validation_accuracy + row->validation_drop_points / 100;
    found.outcome.drop_error = row->validation_drop_error_points / 100;
    found.pressure = row->pressure;
    found.within_budget = row->within_budget;
    return found;
  }

  MonitorOptions monitor_options(double budget) const {
    return {budget, experiment_.evaluations, experiment_.standard_errors};
  }

  static std::vector<double> ascending(std::vector<double> budgets) {
    std::sort(budgets.begin(), budgets.end());
    return budgets;
  }

  MonitorResult search(const PolicySpec& spec, double budget, Policy& policy, const PolicyInput& input,
                       Evaluator& evaluator) {
    const std::string trial = trial_name(spec, budget);
    std::int64_t step_number = 0;
    MonitorCallbacks callbacks;
    callbacks.evaluate = input.evaluate;
    callbacks.price = [&](const std::string& layer, const Candidate& candidate) {
      return pricer_.layer_price(layer, candidate);
    };
    callbacks.on_best = [&](const Plan& plan, const Outcome&) { keep_best(spec, budget, plan, evaluator); };
    callbacks.on_step = [&](const MonitorStep& step) {
      log_.add(step_row(trial, step_number++, step));
      print_line(
          fmt::format("{}evaluation {}, {} at {}, {}", kNote, step_number, spec.label, budget, name()));
    };
    return AccuracyMonitor(monitor_options(budget), callbacks).search([&](double pressure) {
      return policy.plan(input, pressure);
    });
  }

  // Test accuracy and hardware cost of the plan that was chosen.
  void record(RunRow row, const MonitorResult& found, Evaluator& evaluator) {
    const Outcome test = evaluator.report(completed(found.plan));
    const GrainReader container = GrainReader::open(evaluator.file());
    row.network = network();
    row.dataset = dataset();
    row.seed = static_cast<std::int64_t>(job_.seed);
    row.within_budget = found.within_budget;
    row.pressure = found.pressure;
    row.validation_accuracy = found.outcome.accuracy;
    row.validation_drop_points = found.outcome.drop_points();
    row.validation_drop_error_points = found.outcome.drop_error_points();
    log_.append(trial_results(row, test,
                              {container, found.plan, classifier_.layers(), weights_, experiment_.hardware}));
  }

  static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  Plan completed(Plan plan) const {
    plan.small_tensors = experiment_.small_tensors;
    return plan;
  }

  void keep_best(const PolicySpec& spec, double budget, const Plan& plan, Evaluator& evaluator) const {
    evaluator.write(completed(plan));
    write_file_atomically(best_file(spec, budget), read_file(evaluator.file()));
    write_file_atomically(plan_file(spec, budget), to_json(completed(plan)));
  }

  // The best plan so far of a trial, as a file a user can keep; the plan itself beside it.
  std::filesystem::path best_file(const PolicySpec& spec, double budget) const {
    return fmt::format("{}.{}.{}.grain", stem_.string(), file_label(spec.label), budget);
  }
  std::filesystem::path plan_file(const PolicySpec& spec, double budget) const {
    return best_file(spec, budget).replace_extension(".plan.json");
  }

  const ExperimentConfig& experiment_;
  Job job_;
  Identity identity_;
  std::filesystem::path stem_;
  JobLog log_;
  Classifier classifier_;
  Checkpoint weights_;
  ModelProfile profile_;
  Pricer pricer_;
  CandidateTable candidates_;
};

}  // namespace

void run_job(const ExperimentConfig& experiment, std::size_t job, const JobOptions& options) {
  // Rows that are on disk stay readable however the process ends.
  const InterruptDeadline deadline("finished work is kept");
  const Job chosen = jobs(experiment).at(job);
  print_line(fmt::format("{}profile and candidates, {}", kNote, job_name(experiment, chosen)));
  ComparisonJob(experiment, chosen, options).run();
}

}  // namespace adagrain
