// adagrain hardware: published accelerators and simulators, recomputed to be compared with their own numbers.
#include "framework/cli/hardware_command.h"

#include "framework/cli/command.h"

namespace adagrain {
namespace {

class HardwareCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(1);
    for (const std::string& name : Registry<HardwareSubcommand>::names()) {
      CLI::App* model = app.add_subcommand(name, Registry<HardwareSubcommand>::summary(name));
      models_.emplace_back(model, Registry<HardwareSubcommand>::create(name));
      models_.back().second->declare(*model);
    }
  }

  void run(const GlobalOptions&) override {
    for (const auto& [app, model] : models_) {
      if (app->parsed()) model->run();
    }
  }

 private:
  std::vector<std::pair<CLI::App*, std::unique_ptr<HardwareSubcommand>>> models_;
};

const bool registered =
    Registry<Command>::add("hardware", "Recompute what published accelerators and simulators report",
                           [] { return std::make_unique<HardwareCommand>(); });

}  // namespace
}  // namespace adagrain
