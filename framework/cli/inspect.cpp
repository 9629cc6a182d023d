// adagrain inspect: what a .grain file holds, tensor by tensor.
#include <fmt/format.h>

#include <filesystem>

#include "framework/cli/command.h"
#include "framework/container/inspection.h"
#include "framework/core/parallel.h"
#include "framework/terminal/interrupt_deadline.h"
#include "framework/terminal/terminal.h"

namespace adagrain {
namespace {

class InspectCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("input", input_, "compressed file (.grain)")->required();
    app.add_flag("--verbose", verbose_, "what each coder would take of each layer, too");
    app.add_flag("--json", json_, "everything as one JSON object");
  }

  void run(const GlobalOptions& global) override {
    const InterruptDeadline deadline("inspecting changes nothing");
    const GrainReader reader = GrainReader::open(input_);
    const GrainInspection report = inspect_grain(
        reader, input_.string(), {.threads = resolve_threads(global.threads), .price_coders = verbose_});
    if (json_) {
      fmt::print("{}\n", to_json(report));
    } else {
      print_table(to_table(report));
      if (verbose_) print_table(coder_table(report));
    }
  }

 private:
  std::filesystem::path input_;
  bool json_ = false, verbose_ = false;
};

const bool registered = Registry<Command>::add("inspect", "Show what a .grain file holds, tensor by tensor",
                                               [] { return std::make_unique<InspectCommand>(); });

}  // namespace
}  // namespace adagrain
