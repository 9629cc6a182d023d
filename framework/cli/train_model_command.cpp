// adagrain train-model: a network by its recipe.
#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "framework/cli/command.h"
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
  }

  void run(const GlobalOptions&) override {
    TrainingConfig config = load_training_config(file_);
    if (seed_) config.seed = *seed_;
    if (!output_.empty()) config.output = output_;
    // Both belong to what a resumed training must agree with.
    config.text += fmt::format("# seed {}\n", config.seed);
    const auto say = [](const std::string& line) {
      fmt::print("{}\n", line);
      std::fflush(stdout);
    };
    const TrainedNetwork trained = train_model(config, say, profile_);
    fmt::print(
        "{}: test {:.2f} %, validation {:.2f} % (epoch {}), {:.0f} images/s = {:.0f} % of this machine's "
        "matrix product\n",
        trained.weights.string(), 100 * trained.test_accuracy, 100 * trained.validation_accuracy,
        trained.best_epoch, trained.images_per_second, 100 * trained.share_of_gemm_peak);
  }

 private:
  std::string file_, output_, profile_;
  std::optional<std::uint64_t> seed_;
};

const bool registered =
    Registry<Command>::add("train-model", "Train a network by a recipe; resumes what was stopped",
                           [] { return std::make_unique<TrainModelCommand>(); });

}  // namespace
}  // namespace adagrain
