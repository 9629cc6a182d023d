// What every program of AdaGrain does: finds the subcommand in the registry, runs it, makes exit codes of
// errors.
#pragma once

#include <functional>
#include <string>

#include "framework/cli/command.h"

namespace adagrain {

struct Program {
  std::function<std::string()> version;                         // what --version prints
  std::function<void(const GlobalOptions&)> prepare = nullptr;  // after parsing, before the subcommand
};

// Returns the exit code: 0, 1 for a bug of ours, 2 for what the command line or a configuration can mend, 3
// for files, 130 after Ctrl-C. Messages go to standard error.
int run_program(int argc, char** argv, const Program& program);

}  // namespace adagrain
