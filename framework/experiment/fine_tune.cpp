#include "framework/experiment/fine_tune.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "framework/container/safetensors.h"
#include "framework/core/checkpoint.h"
#include "framework/core/checksum.h"
#include "framework/core/files.h"
#include "framework/evaluation/evaluator.h"
#include "framework/experiment/job_log.h"
#include "framework/experiment/result_rows.h"
#include "framework/search/accuracy_monitor.h"
#include "framework/search/pricing.h"
#include "framework/training/train_compressed.h"

namespace adagrain {

namespace {

constexpr std::int64_t kProfileImages = 256;  // whose gradients price the monitor's moves
// Whose gradients say what may be pruned: one decision for the whole training, so draws must agree
// (PROFILE.md).
constexpr std::int64_t kSensitivityImages = 2000;

std::filesystem::path ending(const std::filesystem::path& stem, const char* text) {
  return stem.string() + text;
}

double root_mean_square(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, values.size())));
}

// What the first epoch trains under.
Plan starting_plan(const FineTuneConfig& config, const Classifier& classifier) {
  if (!config.plan.empty()) return parse_plan(config.plan, "plan");
  Plan plan;
  plan.small_tensors = config.small_tensors;
  for (const LayerDescription& layer : classifier.layers()) {
    Candidate candidate = parse_candidate(config.candidate);
    if (config.step_rms > 0) {
      const Tensor* tensor = find_tensor(classifier.checkpoint(), layer.weight_name);
      ensure(tensor != nullptr, "no tensor '{}'", layer.weight_name);
      candidate.parameters["step"] = config.step_rms * root_mean_square(tensor->values);
      check_candidate(candidate, "step_rms, " + layer.weight_name);
    }
    plan.layers[layer.weight_name] = candidate;
  }
  return plan;
}

// The monitor's judge moves one layer at a time.
void name_move(StepRow& row, const Plan& before, const Plan& after) {
  for (const auto& [layer, candidate] : after.layers) {
    if (before.layers.at(layer) == candidate) continue;
    row.layer = layer;
    row.rungs = 1;
    row.before = to_string(before.layers.at(layer));
    row.after = to_string(candidate);
    return;
  }
}

class FineTuning {
 public:
  FineTuning(const FineTuneConfig& config, const std::filesystem::path& stem, const JobOptions& options,
             std::function<void(const std::string&)> say)
      : config_(config),
        stem_(stem),
        say_(std::move(say)),
        identity_(options.checked(job_identity(config), config.name())),
        log_(stem, identity_, options.threads),
        classifier_(config.reference),
        steps_(read_rows<StepRow>(log_.content())) {}

  void run() {
    if (log_.finished(config_.name()) && std::filesystem::exists(best_file())) return log_.finish();
    CompressedTraining job;
    job.training = config_.training;
    job.plan = starting_plan(config_, classifier_);
    measure_sensitivity(job.plan);
    job.evidence = evidence_;
    job.rate_weight = config_.rate_weight;
    job.distillation = config_.distillation;
    job.teacher = {config_.teacher.network, read_safetensors(config_.teacher.weights).tensors};
    require_unchanged(identity_, job_identity(config_), config_.name());  // everything has been read
    if (!config_.from_scratch) job.start = classifier_.checkpoint();
    job.profile = &log_.results();
    job.run = config_.name();
    job.judge = [this](const CompressedEpoch& epoch) { return judge(epoch); };
    const std::filesystem::path resume_file = ending(stem_, ".resume");
    // The log began anew, or has lost rows: so does the training.
    if (steps_.empty() || !log_.results().lost().empty()) std::filesystem::remove(resume_file);
    record(train_compressed(job, resume_file));
    log_.finish();
    std::filesystem::remove(resume_file);
    std::filesystem::remove(epoch_file());
  }

 private:
  // Of the weights that the training starts from. A training that goes on measures it again, with the same
  // result.
  void measure_sensitivity(const Plan& plan) {
    if (std::none_of(plan.layers.begin(), plan.layers.end(),
                     [](const auto& layer) { return needs_importance(layer.second); })) {
      return;
    }
    start_ = classifier_.profile(classifier_.checkpoint(), kSensitivityImages, config_.training.seed);
    for (const LayerProfile& layer : start_.layers) {
      const auto planned = plan.layers.find(layer.layer.weight_name);
      if (planned == plan.layers.end() || !needs_importance(planned->second)) continue;
      evidence_[layer.layer.weight_name].importance = layer.fisher;
    }
  }

  MonitorOptions budget() const {
    return {config_.max_drop_points, std::max(2, config_.training.epochs), config_.standard_errors};
  }
  std::filesystem::path best_file() const { return ending(stem_, ".grain"); }
  std::filesystem::path plan_file() const { return ending(stem_, ".plan.json"); }
  std::filesystem::path epoch_file() const { return ending(stem_, ".epoch.grain"); }

  static Outcome outcome_of(const StepRow& row) {
    Outcome outcome;
    outcome.file_bytes = static_cast<std::uint64_t>(row.file_bytes);
    outcome.accuracy = row.validation_accuracy;
    outcome.reference_accuracy = row.validation_accuracy + row.validation_drop_points / 100;
    outcome.divergence = row.divergence;
    outcome.drop_error = row.validation_drop_error_points / 100;
    return outcome;
  }

  // The best of the epochs before this one. A kill between the log and the training state repeats an epoch,
  // which must not compete with itself.
  std::optional<Outcome> best_before(std::int64_t epoch) const {
    std::optional<Outcome> best;
    for (const StepRow& row : steps_) {
      if (row.step < epoch && row.kept) best = outcome_of(row);
    }
    return best;
  }

  Plan judge(const CompressedEpoch& epoch) {
    Evaluator evaluator(classifier_, epoch.float_weights, evidence_, epoch_file());
    const Outcome outcome = evaluator.evaluate(epoch.plan);
    const std::optional<Outcome> best = best_before(epoch.epoch);
    StepRow row;
    row.run = config_.name();
    row.step = epoch.epoch;
    row.action = "accept";
    row.file_bytes = static_cast<std::int64_t>(outcome.file_bytes);
    row.validation_accuracy = outcome.accuracy;
    row.validation_drop_points = outcome.drop_points();
    row.validation_drop_error_points = outcome.drop_error_points();
    row.divergence = outcome.divergence;
    row.kept = !best || better(budget(), outcome, *best);
    if (row.kept) {
      write_file_atomically(best_file(), read_file(epoch_file()));
      write_file_atomically(plan_file(), to_json(epoch.plan));
    }
    const bool last = epoch.epoch + 1 == config_.training.epochs;
    const Plan next = epoch.settled && !last ? next_plan(epoch, outcome) : epoch.plan;
    name_move(row, epoch.plan, next);
    if (next != epoch.plan) {
      row.action =
          action_name(keeps_budget(budget(), outcome) ? MonitorAction::tighten : MonitorAction::back_off);
    }
    if (steps_.empty() || steps_.back().step < row.step) {
      log_.add(row);
      steps_.push_back(row);
    }
    say_(fmt::format(
        "epoch {:>3}/{}: {:.1f}x ({} bytes), validation {:.2f} %, drop {:.2f} +- {:.2f} points, {}{}",
        epoch.epoch + 1, config_.training.epochs, outcome.ratio(), outcome.file_bytes, 100 * outcome.accuracy,
        outcome.drop_points(), outcome.drop_error_points(), row.action, row.kept ? ", kept" : ""));
    return next;
  }

  Plan next_plan(const CompressedEpoch& epoch, const Outcome& outcome) {
    const ModelProfile profile =
        classifier_.profile(epoch.float_weights, kProfileImages, config_.training.seed);
    Pricer pricer(epoch.float_weights, profile);
    MonitorCallbacks callbacks;
    callbacks.price = [&](const std::string& layer, const Candidate& candidate) {
      return pricer.layer_price(layer, candidate);
    };
    return AccuracyMonitor(budget(), callbacks).judge(epoch.plan, outcome);
  }

  void record(const CompressedTrainingResult& trained) {
    const GrainReader container = GrainReader::open(best_file());
    const Outcome test = measured_outcome(classifier_, container, Split::test);
    const Outcome validation = best_before(config_.training.epochs).value();
    std::vector<TrainingRow> epochs;
    for (std::size_t i = 0; i < trained.epochs.size(); ++i) {
      TrainingRow row;
      row.run = config_.name();
      row.epoch = static_cast<std::int64_t>(i);
      row.learning_rate = trained.epochs[i].learning_rate;
      row.train_loss = trained.epochs[i].training_loss;
      row.validation_accuracy = trained.epochs[i].validation_accuracy;
      row.file_bytes = steps_.at(i).file_bytes;
      row.ratio = static_cast<double>(test.float32_bytes) / static_cast<double>(row.file_bytes);
      epochs.push_back(row);
    }
    RunRow row;
    row.run = config_.name();
    row.network = config_.training.network;
    row.dataset = config_.training.dataset;
    row.policy = config_.label;
    row.seed = static_cast<std::int64_t>(config_.training.seed);
    row.max_drop_points = config_.max_drop_points;
    row.validation_accuracy = validation.accuracy;
    row.validation_drop_points = validation.drop_points();
    row.validation_drop_error_points = validation.drop_error_points();
    row.evaluations = static_cast<std::int64_t>(steps_.size());
    row.within_budget = keeps_budget(budget(), validation);
    row.seconds = trained.seconds;
    const Plan plan = read_plan(plan_file());
    Results results = trial_results(
        row, test, {container, plan, classifier_.layers(), classifier_.checkpoint(), config_.hardware});
    results.add(rows_of(epochs));
    log_.append(results);
  }

  const FineTuneConfig& config_;
  std::filesystem::path stem_;
  std::function<void(const std::string&)> say_;
  Identity identity_;
  JobLog log_;
  Classifier classifier_;
  ModelProfile start_;  // what the evidence refers to
  // Of layers pruned by sensitivity alone. The forward pass has the same.
  std::map<std::string, LayerEvidence> evidence_;
  std::vector<StepRow> steps_;  // one for each epoch judged so far
};

}  // namespace

void fine_tune(const FineTuneConfig& config, const std::filesystem::path& stem, const JobOptions& options,
               const std::function<void(const std::string&)>& say) {
  FineTuning(config, stem, options, say).run();
}

int finished_epochs(const FineTuneConfig& config, const Results& results) {
  if (finished_trials(results).contains(config.name())) return config.training.epochs;
  const auto epochs = static_cast<int>(read_rows<StepRow>(results).size());
  return std::min(epochs, config.training.epochs - 1);
}

}  // namespace adagrain
