#include "framework/experiment/profile_experiment.h"

#include "framework/core/config.h"
#include "framework/core/project_root.h"
#include "framework/experiment/experiment_config.h"
#include "framework/terminal/terminal.h"
#include "framework/training/train_model.h"

namespace adagrain {

namespace {

// The weights are the last thing that a training writes.
bool is_finished(const TrainingConfig& training, const std::filesystem::path& results) {
  return std::filesystem::exists(training.output) && has_results(training, results);
}

}  // namespace

ProfileExperiment load_profile_experiment(const std::filesystem::path& file) {
  const Config config = Config::load(file);
  config.choice("kind", {"profile"});
  ProfileExperiment experiment{read_name(config, file),
                               load_training_config(project_root() / config.get<std::string>("recipe"))};
  TrainingConfig& training = experiment.training;
  training.epochs = config.get("epochs", training.epochs, {1, 100000});
  training.device = config.choice("device", {"auto", "cpu", "cuda"}, training.device);
  config.finish();
  return experiment;
}

std::filesystem::path run_experiment(const ProfileExperiment& experiment, const RunOptions& options) {
  TrainingConfig training = experiment.training;
  training.output = options.output / (experiment.name + ".trials") / training.output.filename();
  const std::filesystem::path results = options.output / (experiment.name + ".h5");
  if (options.fresh) std::filesystem::remove(resume_file(training));
  if (options.fresh || !is_finished(training, results)) train_model(training, print_line, results);
  return results;
}

}  // namespace adagrain
