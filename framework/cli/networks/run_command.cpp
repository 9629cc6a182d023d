// adagrain run: an experiment of any kind, its jobs as processes.
#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "framework/cli/network_commands.h"
#include "framework/core/child_processes.h"
#include "framework/core/config.h"
#include "framework/core/parallel.h"
#include "framework/experiment/comparison_job.h"
#include "framework/experiment/profile_experiment.h"
#include "framework/experiment/run.h"
#include "framework/report/figures.h"
#include "framework/report/results_file.h"
#include "framework/report/summary_table.h"
#include "framework/terminal/terminal.h"

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
    app.add_option("--job", job_)->group("");
    app.add_option("--identity", job_options_.identity)->group("");
  }

  void run(const GlobalOptions& global) override {
    if (job_) end_with_parent();
    options_.threads = resolve_threads(global.threads);
    options_.note = [](const std::string& note) { fmt::print(stderr, "{}\n", note); };
    job_options_.output = options_.output;
    job_options_.threads = options_.threads;
    const auto kind =
        Config::load(options_.file).choice("kind", {"comparison", "fine_tune", "profile"}, "comparison");
    if (kind == "profile") {
      const ProfileExperiment experiment = load_profile_experiment(options_.file);
      draw(run_experiment(experiment, options_), experiment.name);
    } else if (kind == "fine_tune") {
      run_all(load_fine_tune(options_.file));
    } else {
      run_all(load_experiment(options_.file));
    }
  }

 private:
  template <typename Experiment>
  void run_all(const Experiment& experiment) const {
    if (job_) return run_job(experiment, *job_, job_options_);
    const RunOutcome outcome = run_experiment(experiment, options_);
    const std::vector<RunRow> rows = read_rows<RunRow>(read_results(outcome.results));
    print_table(summary_table(rows));
    for (const std::string& line : unreached_budgets(rows)) fmt::print(stderr, "{}\n", line);
    require<DataError>(outcome.failure.empty(), "{}", outcome.failure);
    draw(outcome.results, experiment.name);
  }

  void draw(const std::filesystem::path& results, const std::string& name) const {
    if (no_figures_) return;
    const std::filesystem::path folder = options_.output / (name + "_figures");
    const FigureReport report = write_figures(read_results(results), {folder, {}, formats_});
    fmt::print(stderr, "{} files in {}\n", report.files.size(), folder.string());
  }

  RunOptions options_{.file = {}, .output = "results"};
  std::optional<std::size_t> job_;
  JobOptions job_options_;
  bool no_figures_ = false;
  std::vector<std::string> formats_ = {"pdf", "svg", "png"};
};

const bool registered = add_network_command("run", [] { return std::make_unique<RunCommand>(); });

}  // namespace
}  // namespace adagrain
