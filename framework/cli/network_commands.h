// The commands that need LibTorch. Loading LibTorch and its BLAS takes a third of a second, so they live in a
// program of their own, `adagrain-networks`; `adagrain` knows their names and becomes that program.
#pragma once

#include <string>

#include "framework/cli/command.h"

namespace adagrain {

struct NetworkCommand {
  const char* name;
  const char* summary;
};

inline constexpr NetworkCommand kNetworkCommands[] = {
    {"profile", "Measure each layer of a trained network"},
    {"run", "Run an experiment: compare policies, train through the compression, or profile a training"},
    {"train-model", "Train a network by a recipe; resumes what was stopped"},
    {"train-policy", "Measure candidates, train the learned policy, judge it on held-out networks"},
};

// In `adagrain-networks`, from the command's own file. Throws InternalError for a name that is not listed
// above: `adagrain` would not pass it on.
bool add_network_command(const std::string& name, Registry<Command>::Factory factory);

// In `adagrain`: stand-ins under these names, which throw ConfigError where the other program was not built.
void register_network_commands();

// The version of this program, then the lines about libraries that the other one prints.
std::string version_of_both_programs();

}  // namespace adagrain
