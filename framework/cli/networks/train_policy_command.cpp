// adagrain train-policy: the learned policy and the tuned rule from measured candidates.
#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "framework/cli/network_commands.h"
#include "framework/core/child_processes.h"
#include "framework/core/interrupt.h"
#include "framework/core/parallel.h"
#include "framework/experiment/policy_training.h"
#include "framework/terminal/progress.h"
#include "framework/terminal/terminal.h"

namespace adagrain {
namespace {

class TrainPolicyCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("config", file_, "the YAML, for example experiments/policy_training.yaml")->required();
    app.add_flag("--measure-only", measure_only_, "fill the ledger and stop");
    app.add_flag("--fit-only", fit_only_, "fit to what the ledger holds")->excludes("--measure-only");
    // How the parent starts its workers; of no use to a person.
    app.add_option("--network", network_)->group("");
    app.add_option("--identity", job_options_.identity)->group("");
  }

  void run(const GlobalOptions& global) override {
    if (network_) end_with_parent();
    const int threads = resolve_threads(global.threads);
    const PolicyTraining training = load_policy_training(file_);
    if (network_) {
      job_options_.threads = threads;
      return measure_network(training, *network_, job_options_, print_line);
    }
    if (!fit_only_) measure_all(training, threads);
    if (measure_only_) return;
    Progress progress("fitting", 0, "fits");
    const TrainedPolicies trained =
        fit_policies(training, [&](const std::string& step) { progress.advance(1, step); });
    progress.finish();
    print_table(held_out_table(trained.held_out));
    fmt::print("regret in % of the oracle's bytes at equal measured divergence; written to {}\n",
               training.output.string());
  }

 private:
  void measure_all(const PolicyTraining& training, int threads) const {
    const auto count = training.networks.size();
    const int at_once = std::min<int>(threads, static_cast<int>(count));
    std::vector<std::vector<std::string>> commands;
    for (std::size_t network = 0; network < count; ++network) {
      commands.push_back({"/proc/self/exe", "--threads", std::to_string(threads / at_once), "train-policy",
                          "--network", std::to_string(network), "--identity",
                          job_identity(training, network).checksum(), "--", file_});
    }
    Progress progress("measuring", static_cast<std::int64_t>(count), "networks");
    const auto results = run_children(commands, at_once, [&](std::size_t, const std::string& line) {
      progress.advance(line.ends_with("in all") ? 1 : 0, line);
    });
    progress.finish();
    stop_if_interrupted("measurements are kept; run the same command to go on");
    const auto failed = std::count_if(results.begin(), results.end(),
                                      [](const ChildResult& result) { return result.exit_code != 0; });
    require<DataError>(failed == 0, "{} of {} networks could not be measured, as said above", failed, count);
  }

  std::string file_;
  bool measure_only_ = false, fit_only_ = false;
  std::optional<std::size_t> network_;
  JobOptions job_options_;
};

const bool registered =
    add_network_command("train-policy", [] { return std::make_unique<TrainPolicyCommand>(); });

}  // namespace
}  // namespace adagrain
