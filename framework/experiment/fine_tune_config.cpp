#include "framework/experiment/fine_tune_config.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "framework/experiment/experiment_config.h"
#include "framework/experiment/job_log.h"

namespace adagrain {

namespace {

// Weights that nobody has trained have no sensitivity to prune by.
void refuse_sensitivity(const Config& yaml, const std::string& key, const Candidate& candidate) {
  if (!needs_importance(candidate)) return;
  yaml.fail(key, fmt::format(
                     "has '{}': saliency=1 prunes by the sensitivity of a trained network, which a training "
                     "from_scratch does not start from; allowed there: saliency=0",
                     to_string(candidate)));
}

FineTuneConfig read_training(const Config& yaml, const std::string& device) {
  FineTuneConfig config;
  TrainingConfig defaults;
  defaults.learning_rate = 0.01;
  defaults.device = device;
  config.training = read_training_config(yaml, defaults);
  config.reference = read_network(yaml, config.training.device);
  config.teacher = config.reference;
  if (yaml.has("teacher")) {
    const Config teacher = yaml.child("teacher");
    config.teacher = read_network(teacher, config.training.device);
    teacher.finish();
    if (config.teacher.dataset != config.reference.dataset)
      teacher.fail("dataset", fmt::format("is {}; the network's is {}, and both see the same images",
                                          config.teacher.dataset, config.reference.dataset));
  }
  config.from_scratch = yaml.get("from_scratch", false);
  config.label = yaml.get<std::string>("label", config.from_scratch ? "from_scratch" : "fine_tune");
  check_label(yaml, config.label);
  config.plan = yaml.get<std::string>("plan", "");
  config.candidate = yaml.get<std::string>("candidate", "");
  config.step_rms = yaml.get("step_rms", 0.0, {0, 100});
  config.rate_weight = yaml.get("rate_weight", 0.0, {0, 1});
  config.distillation = yaml.get("distillation", 0.0, {0, 1});
  config.small_tensors = read_small_tensors(yaml);
  if (yaml.has("seed")) yaml.fail("seed", "is given once for all trainings, as `seeds`");
  yaml.finish();
  if (config.plan.empty() == config.candidate.empty()) {
    yaml.fail("candidate", "exactly one of candidate and plan (JSON) is expected");
  }
  if (config.step_rms > 0 && config.candidate.empty()) {
    yaml.fail("step_rms", "goes with candidate; a plan names its steps");
  }
  // The text is checked now, the layers' names once the network is there.
  if (!config.plan.empty()) {
    const Plan plan = parse_plan(config.plan, yaml.where("plan"));
    for (const auto& [layer, candidate] : plan.layers) {
      if (config.from_scratch) refuse_sensitivity(yaml, "plan", candidate);
    }
  }
  if (!config.candidate.empty()) {
    Candidate candidate = parse_candidate(config.candidate, yaml.where("candidate"));
    if (config.step_rms > 0) candidate.parameters["step"] = config.step_rms;
    check_candidate(candidate, yaml.where("candidate"));
    if (config.from_scratch) refuse_sensitivity(yaml, "candidate", candidate);
  }
  return config;
}

}  // namespace

std::string FineTuneConfig::name() const {
  std::string text = fmt::format("{}_{}_seed{}", reference.weights.stem().string(), label, training.seed);
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

FineTuneExperiment load_fine_tune(const std::filesystem::path& file) {
  const Config yaml = Config::load(file);
  yaml.choice("kind", {"fine_tune"});
  FineTuneExperiment experiment;
  experiment.text = yaml.text();
  experiment.name = read_name(yaml, file);
  experiment.seeds = yaml.distinct("seeds", experiment.seeds);
  const auto device = yaml.choice("device", {"auto", "cpu", "cuda"}, "auto");
  const auto max_drop_points = yaml.get("max_drop_points", 0.5, {0, 100});
  const double standard_errors = read_standard_errors(yaml);
  const auto hardware = read_hardware(yaml);
  const std::map<std::string, std::string> conditions = yaml.values({"name", "trainings", "seeds", "kind"});
  std::set<std::string> names;
  for (const Config& entry : yaml.children("trainings")) {
    FineTuneConfig config = read_training(entry, device);
    config.training.conditions.add(conditions);
    config.training.conditions.add(entry.values());
    config.max_drop_points = max_drop_points;
    config.standard_errors = standard_errors;
    config.hardware = hardware;
    for (const std::uint64_t seed : experiment.seeds) {
      config.training.seed = seed;
      if (!names.insert(config.name()).second) {
        entry.fail("label",
                   fmt::format("'{}' is taken; give each training a label of its own", config.label));
      }
      experiment.trainings.push_back(config);
    }
  }
  if (experiment.trainings.empty()) {
    yaml.fail("trainings", "at least one {network: ..., dataset: ..., candidate: ...} is expected");
  }
  yaml.finish();
  return experiment;
}

Identity job_identity(const FineTuneConfig& config) {
  Identity identity = identity_of(config.training);
  identity.add(program_identity().values());
  identity.add("label", config.label);
  identity.add("data", dataset_facts(config.training.dataset).checksum);
  identity.add_file("weights", config.reference.weights);
  identity.add_file("teacher's weights", config.teacher.weights);
  return identity;
}

}  // namespace adagrain
