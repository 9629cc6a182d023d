// One definition of a table's columns for those who write rows and those who read them.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "framework/core/error.h"
#include "framework/report/results.h"

namespace adagrain {

using CellPointer = std::variant<std::int64_t*, double*, bool*, std::string*>;

// A column and the place of its value in a row struct.
template <typename Row>
struct Field {
  Column column;
  std::function<CellPointer(Row&)> at;
};

template <typename Value>
constexpr Column::Type column_type() {
  if constexpr (std::same_as<Value, std::int64_t>) return Column::Type::integer;
  if constexpr (std::same_as<Value, double>) return Column::Type::real;
  if constexpr (std::same_as<Value, bool>) return Column::Type::boolean;
  if constexpr (std::same_as<Value, std::string>) return Column::Type::text;
}

// A number or a boolean: field("cycles", "cycles", &RunRow::cycles).
template <typename Row, typename Value>
Field<Row> field(std::string name, std::string unit, Value Row::*member) {
  static_assert(!std::same_as<Value, std::string>, "text fields need a width");
  return {{std::move(name), column_type<Value>(), std::move(unit), 0},
          [member](Row& row) -> CellPointer { return &(row.*member); }};
}

template <typename Row>
Field<Row> text_field(std::string name, std::size_t width, std::string Row::*member) {
  return {{std::move(name), Column::Type::text, "", width},
          [member](Row& row) -> CellPointer { return &(row.*member); }};
}

// A field of a struct inside the row.
template <typename Row, typename Part, typename Value>
Field<Row> nested_field(std::string name, std::string unit, Part Row::*part, Value Part::*member) {
  return {{std::move(name), column_type<Value>(), std::move(unit), 0},
          [part, member](Row& row) -> CellPointer { return &(row.*part.*member); }};
}

// Specialised in schema.cpp for every row struct of schema.h.
template <typename Row>
const std::vector<Field<Row>>& fields();

template <typename Row>
std::vector<Column> columns_of() {
  std::vector<Column> columns;
  for (const Field<Row>& field : fields<Row>()) columns.push_back(field.column);
  return columns;
}

template <typename Row>
std::vector<Cell> to_cells(Row row) {
  std::vector<Cell> cells;
  for (const Field<Row>& field : fields<Row>())
    cells.push_back(std::visit([](auto* value) { return Cell(*value); }, field.at(row)));
  return cells;
}

// Results that hold these rows and nothing else; without rows the empty table.
template <typename Row>
Results rows_of(const std::vector<Row>& rows) {
  Results results;
  ResultsTable& table = results.tables[Row::path];
  table.columns = columns_of<Row>();
  for (const Row& row : rows) table.rows.push_back(to_cells(row));
  return results;
}

// The tables of these rows, empty.
template <typename... Rows>
Results empty_tables() {
  Results results;
  (results.add(rows_of<Rows>({})), ...);
  return results;
}

// Empty when there is no such table. Throws DataError when a column is missing or of another type; columns
// that Row does not know are skipped.
template <typename Row>
std::vector<Row> read_rows(const Results& results) {
  std::vector<Row> rows;
  if (!results.has(Row::path)) return rows;
  const ResultsTable& table = results.table(Row::path);
  rows.resize(table.rows.size());
  for (const Field<Row>& field : fields<Row>()) {
    const std::size_t column = table.column(field.column.name);
    require<DataError>(table.columns[column].type == field.column.type,
                       "{}: column '{}' has a type this version does not write", Row::path,
                       field.column.name);
    for (std::size_t index = 0; index < rows.size(); ++index)
      std::visit(
          [&](auto* value) {
            *value = std::get<std::remove_reference_t<decltype(*value)>>(table.rows[index][column]);
          },
          field.at(rows[index]));
  }
  return rows;
}

}  // namespace adagrain
