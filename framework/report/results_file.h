// An HDF5 file of append-only tables, readable at every moment of its life: each append is flushed, tables
// carry no filters while they grow, and `finish` repacks compressed to a temporary file and renames. The only
// code that includes HDF5. One process per file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
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
};

struct ResultsTable {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;

  std::size_t column(const std::string& name) const;            // throws DataError when absent
  double real(std::size_t row, const std::string& name) const;  // integer and boolean columns convert
  std::int64_t integer(std::size_t row, const std::string& name) const;
  const std::string& text(std::size_t row, const std::string& name) const;
};

class ResultsFile {
 public:
  // Replaces an existing file. Throws DataError when the place cannot be written.
  static ResultsFile create(const std::filesystem::path& file);
  // For resuming. Throws DataError when it is missing, truncated or altered.
  static ResultsFile open(const std::filesystem::path& file);
  static ResultsFile open_read_only(const std::filesystem::path& file);
  ~ResultsFile();
  ResultsFile(ResultsFile&&) noexcept;

  bool has(const std::string& path) const;
  // Whether the table is there with these columns exactly. Throws DataError when it cannot be read.
  bool has_table(const std::string& path, const std::vector<Column>& columns) const;
  std::vector<std::string> tables() const;  // full paths, alphabetical

  // Groups on the way are created. Creating an existing table with the same columns is no error.
  void create_table(const std::string& path, const std::vector<Column>& columns);
  // On disk when it returns. Throws InternalError when a cell does not fit its column, DataError when the
  // disk refuses.
  void append(const std::string& path, const std::vector<Cell>& row);
  // Many rows, one flush.
  void append_all(const std::string& path, const std::vector<std::vector<Cell>>& rows);
  ResultsTable read_table(const std::string& path) const;

  void write_array(const std::string& path, std::span<const float> values,
                   const std::vector<std::uint64_t>& shape);
  std::vector<float> read_array(const std::string& path) const;

  // Attributes of the root group: provenance, the whole configuration, versions.
  void set_attribute(const std::string& name, const std::string& value);
  // "versions" and "machine": where the numbers come from.
  void set_provenance();
  std::string attribute(const std::string& name) const;

  // Repacks compressed, seals with a checksum and closes; only destruction may follow.
  void finish();

 private:
  struct State;
  explicit ResultsFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace adagrain
