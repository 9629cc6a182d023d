// Runs gnuplot, the only program that draws for AdaGrain.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/report/figure.h"

namespace adagrain {

// The drawing as a script that runs by itself in the folder of its CSV.
std::string gnuplot_script(const Drawing& drawing, const std::vector<std::string>& formats);

// Runs `program script` in `folder`. Throws ConfigError when the program is not installed, DataError with
// what it printed when it fails.
void run_gnuplot(const std::filesystem::path& folder, const std::string& script,
                 const std::string& program = "gnuplot");

}  // namespace adagrain
