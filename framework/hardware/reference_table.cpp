#include "framework/hardware/reference_table.h"

#include <cmath>
#include <cstdlib>
#include <string_view>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/project_root.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 24;

std::vector<std::string> split_cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char character : line) {
    if (character == '"') {
      quoted = !quoted;
    } else if (character == ',' && !quoted) {
      cells.emplace_back();
    } else if (character != '\r') {
      cells.back() += character;
    }
  }
  return cells;
}

}  // namespace

std::vector<ReferenceRow> read_reference_table(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kMostFileBytes);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<ReferenceRow> rows;
  std::vector<std::string> header;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    std::vector<std::string> cells = split_cells(line);
    if (header.empty()) {
      header = std::move(cells);
      continue;
    }
    require<DataError>(cells.size() == header.size(), "{}:{}: has {} cells; the header names {} columns",
                       file.string(), number, cells.size(), header.size());
    ReferenceRow& row = rows.emplace_back();
    for (std::size_t i = 0; i < header.size(); ++i) row[header[i]] = std::move(cells[i]);
  }
  return rows;
}

std::filesystem::path reference_file(const std::string& name) {
  return project_root() / "framework" / "hardware" / "reference" / name;
}

double reference_number(const ReferenceRow& row, const std::string& column) {
  const auto cell = row.find(column);
  require<DataError>(cell != row.end(), "a reference table lacks the column '{}'", column);
  char* end = nullptr;
  const double number = std::strtod(cell->second.c_str(), &end);
  require<DataError>(!cell->second.empty() && *end == 0 && std::isfinite(number),
                     "a reference table has '{}' in the column '{}'; a number is expected", cell->second,
                     column);
  return number;
}

}  // namespace adagrain
