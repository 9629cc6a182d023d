// adagrain hardware: published accelerators and simulators, recomputed to be compared with their own numbers.
#include "framework/cli/hardware_command.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "framework/cli/command.h"

namespace adagrain {
namespace {

class HardwareCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.require_subcommand(0, 1);  // its absence is reported below, with the known ones
    for (const std::string& name : Registry<HardwareSubcommand>::names()) {
      CLI::App* model = app.add_subcommand(name, Registry<HardwareSubcommand>::summary(name));
      models_.emplace_back(model, Registry<HardwareSubcommand>::create(name));
      models_.back().second->declare(*model);
    }
  }

  void run(const GlobalOptions&) override {
    const auto chosen =
        std::find_if(models_.begin(), models_.end(), [](const auto& model) { return model.first->parsed(); });
    require<ConfigError>(chosen != models_.end(), "a {} is required; known: {}", HardwareSubcommand::kind,
                         fmt::join(Registry<HardwareSubcommand>::names(), ", "));
    chosen->second->run();
  }

 private:
  std::vector<std::pair<CLI::App*, std::unique_ptr<HardwareSubcommand>>> models_;
};

const bool registered =
    Registry<Command>::add("hardware", "Recompute what published accelerators and simulators report",
                           [] { return std::make_unique<HardwareCommand>(); });

}  // namespace
}  // namespace adagrain
