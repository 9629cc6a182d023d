#include "framework/report/results.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "framework/core/error.h"

namespace adagrain {

std::size_t ResultsTable::column(const std::string& name) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& column) { return column.name == name; });
  require<DataError>(found != columns.end(), "results table: has no column '{}'", name);
  return static_cast<std::size_t>(found - columns.begin());
}

const ResultsTable& Results::table(const std::string& path) const {
  const auto found = tables.find(path);
  require<DataError>(found != tables.end(), "results: have no table {}", path);
  return found->second;
}

const std::string& Results::text(const std::string& name) const {
  const auto found = texts.find(name);
  require<DataError>(found != texts.end(), "results: have no text '{}'", name);
  return found->second;
}

void Results::add(Results more) {
  for (auto& [path, added] : more.tables) {
    const auto [place, fresh] = tables.try_emplace(path, ResultsTable{added.columns, {}});
    ResultsTable& table = place->second;
    require<DataError>(table.columns == added.columns, "{}: is there with other columns", path);
    std::move(added.rows.begin(), added.rows.end(), std::back_inserter(table.rows));
  }
  for (auto& [name, text] : more.texts) texts[name] = std::move(text);
  for (auto& [path, array] : more.arrays) arrays[path] = std::move(array);
}

bool are_sound(const std::vector<Column>& columns) {
  std::set<std::string> names;
  return !columns.empty() && columns.size() <= kMostColumns &&
         std::all_of(columns.begin(), columns.end(), [&](const Column& column) {
           const bool text = column.type == Column::Type::text;
           return names.insert(column.name).second && !column.name.empty() &&
                  (text ? column.width >= 1 && column.width <= kWidestText : column.width == 0);
         });
}

void check_cells(const std::string& path, const ResultsTable& table) {
  ensure(are_sound(table.columns), "{}: no table can have such columns", path);
  for (const std::vector<Cell>& row : table.rows) {
    ensure(row.size() == table.columns.size(), "{}: a row has {} cells; the table has {} columns", path,
           row.size(), table.columns.size());
    for (std::size_t index = 0; index < row.size(); ++index) {
      const Column& column = table.columns[index];
      ensure(row[index].index() == static_cast<std::size_t>(column.type),
             "{}: column '{}' was given a cell of another type", path, column.name);
      const auto* text = std::get_if<std::string>(&row[index]);
      if (text == nullptr) continue;
      ensure(text->size() <= column.width, "{}: column '{}' was given '{}', {} bytes; allowed up to {}", path,
             column.name, *text, text->size(), column.width);
      ensure(text->find('\0') == std::string::npos, "{}: column '{}' was given a text with a zero byte", path,
             column.name);
    }
  }
}

}  // namespace adagrain
