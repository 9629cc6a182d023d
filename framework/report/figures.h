// All figures of a results file: for each drawing its CSV, its gnuplot script and its pictures; and
// ratios.md, the tables of a comparison (ratio_tables.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/report/results.h"

namespace adagrain {

struct FigureOptions {
  std::filesystem::path folder;                              // made when absent
  std::vector<std::string> figures;                          // empty: every figure the results hold
  std::vector<std::string> formats = {"pdf", "svg", "png"};  // any of these
};

struct FigureReport {
  std::vector<std::filesystem::path> files;  // everything written
  std::vector<std::string> notes;            // "pareto: skipped, /runs has no rows"
};

// A figure whose table is missing or empty is skipped with a note, or a DataError when it was asked for by
// name. Throws ConfigError on an unknown figure or format, or when gnuplot is not installed.
FigureReport write_figures(const Results& results, const FigureOptions& options);

}  // namespace adagrain
