// Tables of published or simulated numbers: comma-separated, '#' lines say where they are from.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace adagrain {

using ReferenceRow = std::map<std::string, std::string>;  // by column

// Cells may stand in quotes, which then hold commas.
inline std::vector<std::string> split_cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char character : line) {
    if (character == '"') {
      quoted = !quoted;
    } else if (character == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += character;
    }
  }
  return cells;
}

inline std::vector<ReferenceRow> read_reference_table(const std::filesystem::path& file) {
  std::ifstream input(file);
  std::vector<ReferenceRow> rows;
  std::vector<std::string> header;
  for (std::string line; std::getline(input, line);) {
    if (line.starts_with('#')) continue;
    const auto cells = split_cells(line);
    if (header.empty()) {
      header = cells;
      continue;
    }
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < header.size(); ++i) row[header[i]] = cells.at(i);
  }
  return rows;
}

inline std::filesystem::path hardware_test_data(const std::string& file) {
  return std::filesystem::path(ADAGRAIN_TESTS_ROOT) / "hardware" / "data" / file;
}

}  // namespace adagrain
