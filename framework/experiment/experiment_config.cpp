#include "framework/experiment/experiment_config.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>

#include "framework/container/uniform_plan.h"
#include "framework/core/project_root.h"
#include "framework/core/registry.h"
#include "framework/hardware/accelerator.h"
#include "policies/policy.h"

namespace adagrain {

namespace {

std::vector<ClassifierOptions> read_networks(const Config& config, const std::string& device) {
  std::vector<ClassifierOptions> networks;
  std::set<std::string> stems;
  for (const Config& entry : config.children("networks")) {
    networks.push_back(read_network(entry, device));
    entry.finish();
    if (!stems.insert(networks.back().weights.stem().string()).second) {
      entry.fail("weights",
                 fmt::format("another network's weights are also called '{}'; results go by that name",
                             networks.back().weights.stem().string()));
    }
  }
  if (networks.empty()) config.fail("networks", "at least one {network: ..., dataset: ...} is expected");
  return networks;
}

std::vector<PolicySpec> read_policies(const Config& config, const std::vector<ClassifierOptions>& networks) {
  std::vector<PolicySpec> policies;
  std::set<std::string> labels;
  for (const Config& entry : config.children("policies")) {
    const auto policy = entry.get<std::string>("policy");
    const auto label = entry.get("label", policy);
    if (!Registry<Policy>::contains(policy)) {
      entry.fail("policy",
                 fmt::format("is '{}'; known: {}", policy, fmt::join(Registry<Policy>::names(), ", ")));
    }
    check_label(entry, label);
    if (!labels.insert(file_label(label)).second) {
      entry.fail(entry.has("label") ? "label" : "policy",
                 fmt::format("'{}' is taken; give each policy a label of its own", label));
    }
    const std::unique_ptr<Policy> configured = Registry<Policy>::create(policy);
    configured->configure(entry);  // its own keys are checked before any work
    entry.finish();
    for (const ClassifierOptions& network : networks) {
      for (const std::filesystem::path& file : configured->files(network.network)) {
        if (std::filesystem::exists(file)) continue;
        entry.fail("policy", fmt::format("is '{}', which reads {} for network '{}': no such file; `adagrain "
                                         "train-policy` writes such",
                                         policy, file.string(), network.network));
      }
    }
    policies.push_back({label, policy, entry});
  }
  if (policies.empty()) config.fail("policies", "at least one {policy: ...} is expected");
  return policies;
}

}  // namespace

void check_label(const Config& entry, const std::string& label, const std::string& key) {
  constexpr std::size_t longest = 64;  // in the columns of tables
  const bool plain = !label.empty() && label.size() <= longest && label.front() != '.' &&
                     std::none_of(label.begin(), label.end(),
                                  [](unsigned char letter) { return letter == '/' || letter < ' '; });
  if (!plain) {
    entry.fail(key, fmt::format("is '{}'; it becomes part of file names: 1..{} bytes, no '/', no '.' first",
                                label, longest));
  }
}

std::string read_name(const Config& config, const std::filesystem::path& file) {
  const auto name = config.get("name", file.stem().string());
  check_label(config, name, "name");
  return name;
}

std::string file_label(std::string label) {
  std::replace(label.begin(), label.end(), ' ', '_');
  return label;
}

ClassifierOptions read_network(const Config& entry, const std::string& device) {
  ClassifierOptions options;
  options.network = entry.choice("network", Classifier::networks());
  options.dataset = read_dataset(entry);
  options.device = device;
  options.weights = entry.get<std::string>("weights", options.zoo_weights().string());
  // Runs go by this name and a policy's.
  constexpr std::size_t longest_stem = 96;
  if (options.weights.stem().string().size() > longest_stem) {
    entry.fail("weights", fmt::format("the file's name has {} letters before its ending; allowed {}",
                                      options.weights.stem().string().size(), longest_stem));
  }
  if (options.weights.is_relative()) options.weights = project_root() / options.weights;
  if (!std::filesystem::exists(options.weights)) {
    entry.fail("weights",
               fmt::format("no file {}; train it with `adagrain train-model`", options.weights.string()));
  }
  return options;
}

SmallTensorRule read_small_tensors(const Config& config) {
  return parse_small_tensor_rule(
      config.choice("small_tensors", {"float32", "float16", "quantized"}, "float16"));
}

std::vector<std::string> read_hardware(const Config& config) {
  const auto presets = config.distinct("hardware", ExperimentConfig{}.hardware);
  for (const std::string& preset : presets) {
    try {
      load_accelerator(preset);
    } catch (const ConfigError& error) {
      config.fail("hardware", fmt::format("has '{}': {}", preset, error.what()));
    }
  }
  return presets;
}

double read_standard_errors(const Config& config) {
  return config.get("standard_errors", 0.0, {0, 5});
}

std::int64_t read_image_count(const Config& config, const std::string& key, std::int64_t fallback,
                              std::int64_t minimum, const std::vector<std::string>& datasets, Split split) {
  if (!config.has(key)) return config.get(key, fallback);  // of a smaller dataset: all there are
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::string& dataset : datasets) {
    const DatasetFacts& facts = dataset_facts(dataset);
    most = std::min(most, split == Split::train        ? facts.train
                          : split == Split::validation ? facts.validation
                                                       : facts.test);
  }
  return config.get(key, fallback, {static_cast<double>(minimum), static_cast<double>(most)});
}

ExperimentConfig load_experiment(const std::filesystem::path& file) {
  const Config config = Config::load(file);
  config.choice("kind", {"comparison"}, "comparison");
  ExperimentConfig experiment;
  experiment.text = config.text();
  experiment.name = read_name(config, file);
  const auto device = config.choice("device", {"auto", "cpu", "cuda"}, "auto");
  experiment.networks = read_networks(config, device);
  experiment.seeds = config.distinct("seeds", experiment.seeds);
  experiment.policies = read_policies(config, experiment.networks);
  experiment.max_drop_points = config.distinct("max_drop_points", experiment.max_drop_points, {0, 100});
  experiment.standard_errors = read_standard_errors(config);
  experiment.candidates = read_candidate_space(config.child_or_empty("candidates"));
  std::vector<std::string> datasets;
  for (const ClassifierOptions& network : experiment.networks) datasets.push_back(network.dataset);
  const auto images = [&](const char* key, std::int64_t& count, std::int64_t minimum, Split split) {
    count = read_image_count(config, key, count, minimum, datasets, split);
  };
  images("calibration_images", experiment.calibration_images, 1, Split::train);
  images("moment_images", experiment.moment_images, 1, Split::train);
  images("bias_images", experiment.bias_images, 0, Split::train);
  images("validation_images", experiment.validation_images, 0, Split::validation);
  experiment.damping = config.get("damping", experiment.damping, {1e-6, 1});
  experiment.evaluations = config.get("evaluations", experiment.evaluations, {2, 10000});
  experiment.fold_batch_norm = config.get("fold_batch_norm", experiment.fold_batch_norm);
  experiment.small_tensors = read_small_tensors(config);
  experiment.hardware = read_hardware(config);
  config.finish();
  experiment.conditions = config.values({"name", "networks", "seeds", "policies"});
  return experiment;
}

std::vector<Job> jobs(const ExperimentConfig& experiment) {
  std::vector<Job> all;
  for (std::size_t network = 0; network < experiment.networks.size(); ++network) {
    for (const std::uint64_t seed : experiment.seeds) all.push_back({network, seed});
  }
  return all;
}

std::string job_name(const ExperimentConfig& experiment, const Job& job) {
  return fmt::format("{}_seed{}", experiment.networks[job.network].weights.stem().string(), job.seed);
}

}  // namespace adagrain
