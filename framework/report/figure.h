// A figure turns tables of a results file into drawings. One file per figure in figures/.
#pragma once

#include <string>
#include <vector>

#include "framework/core/registry.h"
#include "framework/report/plot_script.h"
#include "framework/report/results.h"

namespace adagrain {

// One picture: the numbers it shows and the gnuplot commands that show them.
struct Drawing {
  std::string name;   // of its files, without folder and ending
  std::string title;  // one line for the script's reader
  CsvTable data;      // tidy: one observation per row
  Canvas canvas;
  std::string commands;  // after the terminal is set; data comes from the file `csv`
};

class Figure {
 public:
  static constexpr const char* kind = "figure";
  virtual ~Figure() = default;

  // The table without which there is nothing to draw: "/runs".
  virtual std::string table() const = 0;

  // Empty when the rows hold nothing this figure shows. Throws DataError when columns are missing.
  virtual std::vector<Drawing> draw(const Results& results) const = 0;
};

}  // namespace adagrain
