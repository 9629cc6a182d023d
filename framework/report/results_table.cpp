#include <algorithm>

#include "framework/core/error.h"
#include "framework/report/results_file.h"

namespace adagrain {

std::size_t ResultsTable::column(const std::string& name) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& column) { return column.name == name; });
  require<DataError>(found != columns.end(), "results table: has no column '{}'", name);
  return static_cast<std::size_t>(found - columns.begin());
}

double ResultsTable::real(std::size_t row, const std::string& name) const {
  const Cell& cell = rows.at(row).at(column(name));
  if (const auto* value = std::get_if<double>(&cell)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<bool>(&cell)) return *value ? 1 : 0;
  throw DataError(fmt::format("results table: column '{}' holds text, not numbers", name));
}

std::int64_t ResultsTable::integer(std::size_t row, const std::string& name) const {
  const Cell& cell = rows.at(row).at(column(name));
  if (const auto* value = std::get_if<std::int64_t>(&cell)) return *value;
  if (const auto* value = std::get_if<bool>(&cell)) return *value ? 1 : 0;
  throw DataError(fmt::format("results table: column '{}' does not hold integers", name));
}

const std::string& ResultsTable::text(std::size_t row, const std::string& name) const {
  const auto* value = std::get_if<std::string>(&rows.at(row).at(column(name)));
  require<DataError>(value != nullptr, "results table: column '{}' does not hold text", name);
  return *value;
}

}  // namespace adagrain
