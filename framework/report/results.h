// What a results file holds, as values: tables of typed columns, texts that say where they come from, arrays.
// A journal (journal.h) and an HDF5 file (results_file.h) are two ways of keeping one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace adagrain {

using Cell = std::variant<std::int64_t, double, bool, std::string>;

struct Column {
  enum class Type { integer, real, boolean, text };
  std::string name;
  Type type;
  std::string unit;       // "bytes", "nats", "" for none; stored as an attribute
  std::size_t width = 0;  // of a text column, bytes; a longer text is an InternalError

  friend bool operator==(const Column&, const Column&) = default;
};

// Nobody's results have more; whoever claims more is refused before memory is asked for.
constexpr std::size_t kMostColumns = 256;
constexpr std::size_t kMostCells = std::size_t{1} << 25;  // of one table
constexpr std::size_t kWidestText = 8192;                 // of a text column, bytes

struct ResultsTable {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;

  std::size_t column(const std::string& name) const;  // throws DataError when absent
};

struct ResultsArray {
  std::vector<float> values;
  std::vector<std::uint64_t> shape;
};

struct Results {
  std::map<std::string, ResultsTable> tables;  // by absolute path, "/runs"
  std::map<std::string, std::string> texts;    // provenance, the configuration
  std::map<std::string, ResultsArray> arrays;  // of an HDF5 file that is written; no reader asks for them

  bool has(const std::string& path) const { return tables.contains(path); }
  const ResultsTable& table(const std::string& path) const;  // throws DataError when absent
  const std::string& text(const std::string& name) const;    // throws DataError when absent

  // Appends the rows of `more`, replaces texts and arrays. Throws DataError when a table is there with other
  // columns.
  void add(Results more);
};

// Throws InternalError when a cell does not fit its column, or when columns are none that a table can have.
void check_cells(const std::string& path, const ResultsTable& table);

// Whether columns are such that a table can have: none, two of one name and a text without width are not.
bool are_sound(const std::vector<Column>& columns);

}  // namespace adagrain
