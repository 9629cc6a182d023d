#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "framework/cli/command.h"
#include "framework/experiment/fine_tune.h"

namespace adagrain {
namespace {

class FineTuneCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("config", file_, "the recipe's YAML, for example experiments/training.yaml")->required();
    app.add_option("--seed", seed_, "instead of the recipe's");
    app.add_option("--output", output_, "files' path without ending, instead of the recipe's");
  }

  void run(const GlobalOptions&) override {
    FineTuneConfig config = load_fine_tune(file_);
    if (seed_) config.training.seed = *seed_;
    if (!output_.empty()) config.output = output_;
    // It belongs to what a resumed training must agree with.
    config.training.text += fmt::format("# seed {}\n", config.training.seed);
    const FineTuned tuned = fine_tune(config, [](const std::string& line) {
      fmt::print("{}\n", line);
      std::fflush(stdout);
    });
    fmt::print(
        "{}: {:.1f}x ({} bytes), test {:.2f} % (drop {:.2f} points), validation drop {:.2f} points{}\n",
        tuned.file.string(), tuned.test.ratio(), tuned.test.file_bytes, 100 * tuned.test.accuracy,
        tuned.test.drop_points(), tuned.validation.drop_points(),
        tuned.within_budget ? "" : ": over budget, the closest there is");
    fmt::print(stderr, "{}: written\n", tuned.results.string());
  }

 private:
  std::string file_, output_;
  std::optional<std::uint64_t> seed_;
};

const bool registered = Registry<Command>::add("fine-tune", "train a network through its compression",
                                               [] { return std::make_unique<FineTuneCommand>(); });

}  // namespace
}  // namespace adagrain
