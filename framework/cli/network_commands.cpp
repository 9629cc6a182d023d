#include "framework/cli/network_commands.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "framework/cli/version.h"
#include "framework/core/child_processes.h"

namespace adagrain {

namespace {

std::filesystem::path networks_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "adagrain-networks";
}

bool networks_are_built() {
  return std::filesystem::exists(networks_program());
}

// Stands for a command of the other program and takes any arguments, which that program checks.
class PassedOn : public Command {
 public:
  explicit PassedOn(std::string name) : name_(std::move(name)) {}

  void declare(CLI::App& app) override {
    app.group(networks_are_built() ? "Subcommands that load LibTorch"
                                   : "Subcommands that need LibTorch, without which this program was built");
    app.set_help_flag();
    app.fallthrough(false);
    app.prefix_command();
  }

  void run(const GlobalOptions& global) override {
    const std::filesystem::path program = networks_program();
    require<ConfigError>(networks_are_built(),
                         "{}: needs LibTorch, and there is no {}; `./adagrain {}` in the source tree "
                         "installs and builds what is "
                         "missing (by hand: cmake -DADAGRAIN_TORCH=ON)",
                         name_, program.string(), name_);
    std::vector<char*> arguments;
    for (const std::string& argument : global.arguments)
      arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    ::execv(program.c_str(), arguments.data());
    throw DataError(fmt::format("{}: cannot be started: {}", program.string(), std::strerror(errno)));
  }

 private:
  std::string name_;
};

}  // namespace

bool add_network_command(const std::string& name, Registry<Command>::Factory factory) {
  const auto* listed = std::find_if(std::begin(kNetworkCommands), std::end(kNetworkCommands),
                                    [&](const NetworkCommand& command) { return command.name == name; });
  ensure(listed != std::end(kNetworkCommands), "subcommand '{}' is missing in kNetworkCommands", name);
  return Registry<Command>::add(name, listed->summary, std::move(factory));
}

void register_network_commands() {
  for (const NetworkCommand& command : kNetworkCommands) {
    const std::string name = command.name;
    Registry<Command>::add(name, command.summary, [name] { return std::make_unique<PassedOn>(name); });
  }
}

std::string version_of_both_programs() {
  std::string text = version_text(provenance());
  if (!networks_are_built()) return text + "\nwithout LibTorch";
  const auto add_library = [&](std::size_t, const std::string& line) {
    if (line.starts_with("LibTorch") || line.starts_with("BLAS")) text += "\n" + line;
  };
  run_children({{networks_program().string(), "--version"}}, 1, add_library);
  return text;
}

}  // namespace adagrain
