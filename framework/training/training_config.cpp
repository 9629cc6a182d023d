#include "framework/training/training_config.h"

#include <fmt/format.h>

#include "datasets/dataset.h"
#include "framework/core/project_root.h"
#include "framework/core/registry.h"
#include "framework/models/network.h"

namespace adagrain {

TrainingConfig read_training_config(const Config& yaml, TrainingConfig config) {
  config.text = yaml.text();
  config.network = yaml.choice("network", Registry<Network>::names());
  config.dataset = read_dataset(yaml);
  config.device = yaml.choice("device", {"auto", "cpu", "cuda"}, config.device);
  config.optimizer = yaml.choice("optimizer", {"sgd", "adamw"}, config.optimizer);
  config.epochs = yaml.get("epochs", config.epochs, {1, 10000});
  config.batch_size = yaml.get("batch_size", config.batch_size, {1, 8192});
  config.learning_rate = yaml.get("learning_rate", config.learning_rate, {1e-7, 100});
  config.warmup = yaml.get("warmup", config.warmup, {0, 1});
  config.weight_decay = yaml.get("weight_decay", config.weight_decay, {0, 1});
  config.label_smoothing = yaml.get("label_smoothing", config.label_smoothing, {0, 0.9});
  config.seed = yaml.get("seed", config.seed);
  config.profile_every = yaml.get("profile_every", config.profile_every, {0, 1000000});
  const Config augmentation = yaml.child_or_empty("augmentation");
  config.augmentation.shift = augmentation.get("shift", 0, {0, 1024});
  config.augmentation.flip = augmentation.get("flip", false);
  config.augmentation.erase = augmentation.get("erase", 0, {0, 1024});
  augmentation.finish();
  return config;
}

Identity identity_of(const TrainingConfig& config) {
  Identity identity = config.conditions;
  const auto add = [&](const char* name, const auto& value) { identity.add(name, fmt::format("{}", value)); };
  add("network", config.network);
  add("dataset", config.dataset);
  add("device", config.device);
  add("optimizer", config.optimizer);
  add("epochs", config.epochs);
  add("batch_size", config.batch_size);
  add("learning_rate", config.learning_rate);
  add("warmup", config.warmup);
  add("weight_decay", config.weight_decay);
  add("label_smoothing", config.label_smoothing);
  add("augmentation.shift", config.augmentation.shift);
  add("augmentation.flip", config.augmentation.flip);
  add("augmentation.erase", config.augmentation.erase);
  add("seed", config.seed);
  add("profile_every", config.profile_every);
  return identity;
}

TrainingConfig load_training_config(const std::filesystem::path& file) {
  const Config yaml = Config::load(file);
  TrainingConfig config = read_training_config(yaml);
  config.output = yaml.get<std::string>("output");
  yaml.finish();
  if (config.output.is_relative()) config.output = project_root() / config.output;
  return config;
}

}  // namespace adagrain
