// `adagrain hardware MODEL`: one file per model registers itself, as subcommands do.
#pragma once

#include <CLI/CLI.hpp>

#include "framework/core/registry.h"

namespace adagrain {

class HardwareSubcommand {
 public:
  static constexpr const char* kind = "hardware model";
  virtual ~HardwareSubcommand() = default;

  // Declares options and arguments; the registry's summary is its description.
  virtual void declare(CLI::App& app) = 0;
  // Runs after parsing and prints. Throws; main turns exceptions into exit codes.
  virtual void run() = 0;
};

}  // namespace adagrain
