#include "framework/experiment/fine_tune.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "framework/container/safetensors.h"
#include "framework/core/files.h"
#include "framework/core/provenance.h"
#include "framework/core/registry.h"
#include "framework/experiment/candidate_space.h"
#include "framework/experiment/evaluator.h"
#include "framework/experiment/trial_log.h"
#include "framework/hardware/hardware_model.h"
#include "framework/monitor/accuracy_monitor.h"
#include "framework/training/train_compressed.h"

namespace adagrain {

namespace {

constexpr const char* kPreset = "eyeriss_like";
constexpr std::int64_t kProfileImages = 256;  // whose gradients price the monitor's moves

std::filesystem::path from_root(const std::filesystem::path& path) {
  return path.is_relative() ? project_root() / path : path;
}

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
  for (const LayerDescription& layer : classifier.layers()) {
    Candidate candidate = parse_candidate(config.candidate);
    if (config.step_rms > 0) {
      const auto tensor = std::find_if(classifier.checkpoint().begin(), classifier.checkpoint().end(),
                                       [&](const Tensor& each) { return each.name == layer.weight_name; });
      ensure(tensor != classifier.checkpoint().end(), "no tensor '{}'", layer.weight_name);
      candidate.parameters["step"] = config.step_rms * root_mean_square(tensor->values);
      check_candidate(candidate, "step_rms, " + layer.weight_name);
    }
    plan.layers[layer.weight_name] = candidate;
  }
  return plan;
}

// Several tensors may have moved only where somebody gave the monitor another ladder; the first one names the
// row.
void name_move(StepRow& row, const Plan& before, const Plan& after) {
  for (const auto& [layer, candidate] : after.layers) {
    if (before.layers.at(layer) == candidate) continue;
    row.layer = layer;
    row.before = to_string(before.layers.at(layer));
    row.after = to_string(candidate);
    return;
  }
}

class FineTuning {
 public:
  FineTuning(const FineTuneConfig& config, std::function<void(const std::string&)> say)
      : config_(config),
        say_(std::move(say)),
        run_(fmt::format("{}_{}/{}/{}/{}", config.training.dataset, config.training.network, label(),
                         config.max_drop_points, config.training.seed)),
        log_(ending(config.output, ".h5"), fmt::format("{}\nweights {:08x}\n", config.training.text,
                                                       crc32(read_file(config.reference.weights)))),
        classifier_(config.reference) {
    log_.file().set_attribute("config", config.training.text);
    log_.file().set_attribute("seeds", std::to_string(config.training.seed));
    log_.file().set_attribute("versions", version_description());
    log_.file().set_attribute("machine", machine_description());
    create_table<TrainingRow>(log_.file());
    steps_ = read_rows<StepRow>(log_.file());
  }

  FineTuned run() {
    const std::filesystem::path resume_file = ending(config_.output, ".resume");
    if (!log_.finished(run_) || !std::filesystem::exists(best_file())) {
      CompressedTraining job;
      job.training = config_.training;
      job.plan = starting_plan(config_, classifier_);
      job.rate_weight = config_.rate_weight;
      if (!config_.from_scratch) job.start = classifier_.checkpoint();
      job.judge = [this](const CompressedEpoch& epoch) { return judge(epoch); };
      record(train_compressed(job, resume_file));
      std::filesystem::remove(resume_file);
      std::filesystem::remove(epoch_file());
    }
    return summary();
  }

 private:
  const char* label() const { return config_.from_scratch ? "from_scratch" : "fine_tune"; }
  MonitorOptions budget() const { return {config_.max_drop_points, std::max(2, config_.training.epochs)}; }
  std::filesystem::path best_file() const { return ending(config_.output, ".grain"); }
  std::filesystem::path epoch_file() const { return ending(config_.output, ".epoch.grain"); }

  static Outcome outcome_of(const StepRow& row) {
    Outcome outcome;
    outcome.file_bytes = static_cast<std::uint64_t>(row.file_bytes);
    outcome.accuracy = row.validation_accuracy;
    outcome.reference_accuracy = row.validation_accuracy + row.validation_drop_points / 100;
    outcome.divergence = row.divergence;
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
    Evaluator evaluator(classifier_, epoch.float_weights, no_evidence_, epoch_file());
    const Outcome outcome = evaluator.evaluate(epoch.plan);
    const std::optional<Outcome> best = best_before(epoch.epoch);
    StepRow row;
    row.run = run_;
    row.step = epoch.epoch;
    row.action = "accept";
    row.file_bytes = static_cast<std::int64_t>(outcome.file_bytes);
    row.validation_accuracy = outcome.accuracy;
    row.validation_drop_points = outcome.drop_points();
    row.divergence = outcome.divergence;
    row.kept = !best || better(budget(), outcome, *best);
    if (row.kept) write_file_atomically(best_file(), read_file(epoch_file()));
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
    say_(fmt::format("epoch {:>3}/{}: {:.1f}x ({} bytes), validation {:.2f} %, drop {:.2f} points, {}{}",
                     epoch.epoch + 1, config_.training.epochs, outcome.ratio(), outcome.file_bytes,
                     100 * outcome.accuracy, outcome.drop_points(), row.action, row.kept ? ", kept" : ""));
    return next;
  }

  Plan next_plan(const CompressedEpoch& epoch, const Outcome& outcome) {
    const ModelProfile profile =
        classifier_.profile(epoch.float_weights, kProfileImages, config_.training.seed);
    Pricer pricer(epoch.float_weights, profile);
    MonitorCallbacks callbacks;
    callbacks.price = [&](const std::string& layer, const Candidate& candidate) {
      return pricer.ladder_price(layer, candidate);
    };
    return AccuracyMonitor(budget(), callbacks).judge(epoch.plan, outcome);
  }

  Outcome test_outcome() {
    const GrainReader container = GrainReader::open(best_file());
    const Evaluation decoded = classifier_.evaluate(container.decode_all(), Split::test);
    Outcome outcome;
    outcome.file_bytes = container.file_bytes();
    outcome.float32_bytes = safetensors_bytes(classifier_.checkpoint());
    outcome.accuracy = decoded.accuracy;
    outcome.reference_accuracy = classifier_.evaluate_reference(Split::test).accuracy;
    outcome.loss = decoded.loss;
    outcome.divergence = decoded.divergence;
    return outcome;
  }

  void record(const CompressedTrainingResult& trained) {
    const Outcome test = test_outcome();
    const Outcome validation = best_before(config_.training.epochs).value();
    for (std::size_t i = 0; i < trained.epochs.size(); ++i) {
      TrainingRow row;
      row.run = run_;
      row.epoch = static_cast<std::int64_t>(i);
      row.learning_rate = trained.epochs[i].learning_rate;
      row.train_loss = trained.epochs[i].training_loss;
      row.validation_accuracy = trained.epochs[i].validation_accuracy;
      row.file_bytes = steps_.at(i).file_bytes;
      row.ratio = static_cast<double>(test.float32_bytes) / static_cast<double>(row.file_bytes);
      log_.add(row);
    }
    const HardwareCost cost =
        load_hardware_preset(kPreset)->cost(GrainReader::open(best_file()), classifier_.layers());
    RunRow row;
    row.run = run_;
    row.network = config_.training.network;
    row.dataset = config_.training.dataset;
    row.policy = label();
    row.seed = static_cast<std::int64_t>(config_.training.seed);
    row.max_drop_points = config_.max_drop_points;
    row.file_bytes = static_cast<std::int64_t>(test.file_bytes);
    row.float32_bytes = static_cast<std::int64_t>(test.float32_bytes);
    row.ratio = test.ratio();
    row.reference_accuracy = test.reference_accuracy;
    row.accuracy = test.accuracy;
    row.drop_points = test.drop_points();
    row.validation_accuracy = validation.accuracy;
    row.validation_drop_points = validation.drop_points();
    row.evaluations = static_cast<std::int64_t>(steps_.size());
    row.within_budget = keeps_budget(budget(), validation);
    row.hardware = kPreset;
    row.cycles = static_cast<std::int64_t>(cost.cycles());
    row.energy_pj = cost.energy_pj();
    row.off_chip_bytes = static_cast<std::int64_t>(cost.off_chip_bytes());
    row.metadata_bytes = static_cast<std::int64_t>(cost.metadata_bytes());
    row.seconds = trained.seconds;
    // Last, because a run counts as finished once it has a row here.
    log_.add(row);
  }

  FineTuned summary() {
    FineTuned result;
    result.file = best_file();
    result.results = ending(config_.output, ".h5");
    for (const RunRow& row : read_rows<RunRow>(log_.file())) {
      result.test.file_bytes = static_cast<std::uint64_t>(row.file_bytes);
      result.test.float32_bytes = static_cast<std::uint64_t>(row.float32_bytes);
      result.test.accuracy = row.accuracy;
      result.test.reference_accuracy = row.reference_accuracy;
      result.within_budget = row.within_budget;
    }
    result.validation = best_before(config_.training.epochs).value();
    return result;
  }

  const FineTuneConfig& config_;
  std::function<void(const std::string&)> say_;
  std::string run_;
  TrialLog log_;
  Classifier classifier_;
  const std::map<std::string, LayerEvidence> no_evidence_;  // the forward pass has none either
  std::vector<StepRow> steps_;                              // one for each epoch judged so far
};

}  // namespace

FineTuneConfig load_fine_tune(const std::filesystem::path& file) {
  const Config yaml = Config::load(file);
  FineTuneConfig config;
  TrainingConfig defaults;
  defaults.text = yaml.text();
  defaults.learning_rate = 0.01;
  config.training = read_training_config(yaml, defaults);
  config.reference.network = config.training.network;
  config.reference.dataset = config.training.dataset;
  config.reference.device = config.training.device;
  const auto shipped =
      fmt::format("datasets/zoo/{}_{}.safetensors", config.training.dataset, config.training.network);
  config.reference.weights = from_root(yaml.get<std::string>("weights", shipped));
  config.plan = yaml.get<std::string>("plan", "");
  config.candidate = yaml.get<std::string>("candidate", "");
  config.step_rms = yaml.get("step_rms", 0.0, {0, 100});
  config.rate_weight = yaml.get("rate_weight", 0.0, {0, 1});
  config.max_drop_points = yaml.get("max_drop_points", config.max_drop_points, {0, 100});
  config.from_scratch = yaml.get("from_scratch", false);
  config.output = from_root(yaml.get<std::string>("output", "results/" + file.stem().string()));
  yaml.finish();
  if (!Registry<Dataset>::contains(config.training.dataset)) {
    yaml.fail("dataset", fmt::format("is '{}'; known: {}", config.training.dataset,
                                     fmt::join(Registry<Dataset>::names(), ", ")));
  }
  if (!std::filesystem::exists(config.reference.weights)) {
    yaml.fail("weights", fmt::format("no file {}; train it with `adagrain train-model`",
                                     config.reference.weights.string()));
  }
  if (config.plan.empty() == config.candidate.empty()) {
    yaml.fail("", "exactly one of plan (JSON) and candidate is expected");
  }
  if (config.step_rms > 0 && config.candidate.empty()) {
    yaml.fail("step_rms", "goes with candidate; a plan names its steps");
  }
  // The text is checked now, the layers' names once the network is there.
  if (!config.plan.empty()) parse_plan(config.plan, yaml.where("plan"));
  if (!config.candidate.empty()) {
    Candidate candidate = parse_candidate(config.candidate);
    if (config.step_rms > 0) candidate.parameters["step"] = config.step_rms;
    check_candidate(candidate, yaml.where("candidate"));
  }
  return config;
}

FineTuned fine_tune(const FineTuneConfig& config, const std::function<void(const std::string&)>& say) {
  return FineTuning(config, say).run();
}

}  // namespace adagrain
