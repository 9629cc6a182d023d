#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "framework/cli/command.h"
#include "framework/core/parallel.h"
#include "framework/experiment/run.h"
#include "framework/report/figures.h"

namespace adagrain {
namespace {

class RunCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("experiment", options_.file, "the experiment's YAML")->required();
    app.add_option("--output", options_.output, "folder of the results")->capture_default_str();
    app.add_flag("--fresh", options_.fresh, "measure everything again, also what an earlier run finished");
    app.add_flag("--no-figures", no_figures_, "leave the figures to `adagrain plot`");
    // How the parent starts its workers; of no use to a person.
    app.add_option("--trial", trial_)->group("");
  }

  void run(const GlobalOptions& global) override {
    options_.threads = resolve_threads(global.threads);
    const ExperimentConfig experiment = load_experiment(options_.file);
    if (trial_) return run_trial(experiment, *trial_, options_);
    const std::filesystem::path results = run_experiment(experiment, options_);
    summary_table(results).print();
    if (no_figures_) return;
    const std::filesystem::path folder = options_.output / (experiment.name + "_figures");
    const FigureReport report = write_figures(ResultsFile::open_read_only(results), {folder, {}, formats_});
    fmt::print(stderr, "{} files in {}\n", report.files.size(), folder.string());
  }

 private:
  RunOptions options_{.file = {}, .output = "results", .threads = 1, .fresh = false};
  std::optional<std::size_t> trial_;
  bool no_figures_ = false;
  std::vector<std::string> formats_ = {"pdf", "svg", "png"};
};

const bool registered =
    Registry<Command>::add("run", "run an experiment: compress, decode, measure, compare policies",
                           [] { return std::make_unique<RunCommand>(); });

}  // namespace
}  // namespace adagrain
