// One file per subcommand registers itself. Those in networks/ need LibTorch and are also listed in
// network_commands.h.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "framework/core/registry.h"

namespace adagrain {

// What every subcommand takes.
struct GlobalOptions {
  int threads = 0;                     // 0: resolve_threads decides
  std::vector<std::string> arguments;  // of the process, its name first
};

class Command {
 public:
  static constexpr const char* kind = "subcommand";
  virtual ~Command() = default;

  // Declares options and arguments; the registry's summary is its description.
  virtual void declare(CLI::App& app) = 0;
  // Runs after parsing. Throws; run_program turns exceptions into exit codes.
  virtual void run(const GlobalOptions& global) = 0;
};

}  // namespace adagrain
