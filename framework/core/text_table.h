// A table for people when stdout is a terminal, tab-separated values when it is piped.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace adagrain {

class TextTable {
 public:
  // A column at least, the most important ones first.
  explicit TextTable(std::vector<std::string> header);
  // As many cells as the header has; cells that read as numbers are aligned right.
  void add(std::vector<std::string> row);
  // Aligned columns with a rule under the header: as many as `columns` of a terminal hold, the first one
  // always, and the names of those left out.
  std::string aligned(std::size_t columns = std::numeric_limits<std::size_t>::max()) const;
  std::string tab_separated() const;
  // GitHub Markdown; cells that read as numbers are aligned right.
  std::string markdown() const;
  // Aligned on a terminal, tab-separated otherwise, to stdout. Called by cli/ only.
  void print() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace adagrain
