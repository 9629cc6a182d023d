// A table as text: aligned columns for people, tab-separated values for programs, Markdown for pages.
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

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace adagrain
