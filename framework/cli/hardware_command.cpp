// adagrain hardware: published accelerators and simulators, recomputed to be compared with their own numbers.
#include "framework/cli/hardware_command.h"

#include <fmt/ranges.h>

#include "framework/cli/command.h"

namespace adagrain {
namespace {

class HardwareCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app_ = &app;
    // CLI11 would only say that a subcommand is required; the registry names the word and the known ones.
    app.require_subcommand(0, 1);
    app.allow_extras();
    for (const std::string& name : Registry<HardwareSubcommand>::names()) {
      CLI::App* model = app.add_subcommand(name, Registry<HardwareSubcommand>::summary(name));
      models_.emplace_back(model, Registry<HardwareSubcommand>::create(name));
      models_.back().second->declare(*model);
    }
  }

  void run(const GlobalOptions&) override {
    const std::vector<std::string> unexpected = app_->remaining();
    const bool known = !app_->get_subcommands().empty();
    if (!known && !unexpected.empty()) Registry<HardwareSubcommand>::summary(unexpected.front());
    require<ConfigError>(unexpected.empty(), "{} was not expected; --help lists what is allowed",
                         fmt::join(unexpected, " "));
    require<ConfigError>(known, "a {} is required; known: {}", HardwareSubcommand::kind,
                         fmt::join(Registry<HardwareSubcommand>::names(), ", "));
    for (const auto& [app, model] : models_) {
      if (app->parsed()) model->run();
    }
  }

 private:
  CLI::App* app_ = nullptr;
  std::vector<std::pair<CLI::App*, std::unique_ptr<HardwareSubcommand>>> models_;
};

const bool registered =
    Registry<Command>::add("hardware", "Recompute what published accelerators and simulators report",
                           [] { return std::make_unique<HardwareCommand>(); });

}  // namespace
}  // namespace adagrain
