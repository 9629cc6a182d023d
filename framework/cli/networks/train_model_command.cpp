// adagrain train-model: a network by its recipe.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <vector>

#include "framework/cli/network_commands.h"
#include "framework/core/files.h"
#include "framework/terminal/terminal.h"
#include "framework/training/train_model.h"

namespace adagrain {
namespace {

class TrainModelCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("config", file_, "the recipe's YAML, for example datasets/zoo/mnist_lenet5_caffe.yaml")
        ->required();
    app.add_option("--seed", seed_, "instead of the recipe's");
    app.add_option("--output", output_, "safetensors file, instead of the recipe's");
    app.add_option("--profile", profile_,
                   "results file (.h5) for the profile of every layer over training, see `adagrain plot`");
    app.add_flag("--force", force_, "train again what is trained already, and overwrite it");
  }

  void run(const GlobalOptions&) override {
    TrainingConfig config = load_training_config(file_);
    if (seed_) config.seed = *seed_;
    if (!output_.empty()) config.output = output_;
    check_outputs(config);
    const TrainedNetwork trained = train_model(config, print_line, profile_);
    fmt::print(
        "{}: test {:.2f} %, validation {:.2f} % (epoch {}), {:.0f} images/s = {:.0f} % of this machine's "
        "matrix product\n",
        trained.weights.string(), 100 * trained.test_accuracy, 100 * trained.validation_accuracy,
        trained.best_epoch, trained.images_per_second, 100 * trained.share_of_gemm_peak);
  }

 private:
  // Before any work, not after it.
  void check_outputs(const TrainingConfig& config) const {
    std::vector<std::filesystem::path> files = {file_, config.output, report_file(config)};
    if (!profile_.empty()) files.push_back(profile_);
    for (std::size_t i = 0; i < files.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) refuse_same_file(files[j], files[i]);
    const bool resumes = std::filesystem::exists(resume_file(config));
    for (auto output = files.begin() + 1; output != files.end(); ++output) {
      refuse_irregular(*output);
      refuse_existing(*output, force_ || resumes);  // whose results they are, train_model sees
    }
  }

  std::string file_, output_, profile_;
  bool force_ = false;
  std::optional<std::uint64_t> seed_;
};

const bool registered =
    add_network_command("train-model", [] { return std::make_unique<TrainModelCommand>(); });

}  // namespace
}  // namespace adagrain
