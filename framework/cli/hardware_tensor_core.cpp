// adagrain hardware tensor-core: cycles of tensor cores with sparse operands.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/cli/hardware_command.h"
#include "framework/hardware/compatibility/sparse_tensor_core.h"

namespace adagrain {
namespace {

constexpr std::uint64_t kLargestSize = 1 << 20;

class TensorCoreCommand : public HardwareSubcommand {
 public:
  void declare(CLI::App& app) override {
    const auto size = [&](const char* name, std::uint64_t& value, const char* what) {
      app.add_option(name, value, what)->required()->check(CLI::Range(std::uint64_t{1}, kLargestSize));
    };
    size("--m", problem_.m, "rows of inputs");
    size("--k", problem_.k, "inputs of an output");
    size("--n", problem_.n, "output channels");
    app.add_option("--design", design_,
                   "dense, two_of_four, flexible, flexible_runs, dual_compressed or dual_side")
        ->required()
        ->check(CLI::IsMember(
            {"dense", "two_of_four", "flexible", "flexible_runs", "dual_compressed", "dual_side"}));
    app.add_option("--block", problem_.block, "structured: 2 weights of so many are stored; default 2, dense")
        ->check(CLI::Range(2, 64));
    app.add_option("--weight-density", weight_density_,
                   "dual_side: share of non-zero weights, 0 to 1; default 1")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--activation-density", problem_.input_density,
                   "share of non-zero inputs, 0 to 1; default 1")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--seed", seed_, "of dual_side's masks; default 1");
    app.add_flag("--json", json_, "an object instead of comma-separated values");
    app.footer("1024 multipliers of 8 bits.");
  }

  void run() override {
    const std::uint64_t dense = structured_cycles(problem_, StructuredDesign::dense);
    problem_.stored_weights = 2.0 / static_cast<double>(problem_.block);
    const std::uint64_t cycles = design_ == "dual_side"
                                     ? static_cast<std::uint64_t>(std::llround(
                                           static_cast<double>(dense) *
                                           dual_side_share(problem_.input_density, weight_density_, seed_)))
                                     : structured_cycles(problem_, parse_structured_design(design_));
    if (json_) {
      fmt::print("{}\n", nlohmann::ordered_json{{"dense_cycles", dense}, {"cycles", cycles}}.dump());
    } else {
      fmt::print("dense_cycles,cycles\n{},{}\n", dense, cycles);
    }
  }

 private:
  StructuredProblem problem_;
  std::string design_;
  double weight_density_ = 1;
  std::uint64_t seed_ = 1;
  bool json_ = false;
};

const bool registered = Registry<HardwareSubcommand>::add(
    "tensor-core", "Cycles of tensor cores with structured or unstructured sparsity",
    [] { return std::make_unique<TensorCoreCommand>(); });

}  // namespace
}  // namespace adagrain
