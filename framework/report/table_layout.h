// How a table's columns lie in an HDF5 compound: packed little-endian, text zero-padded to its width, a
// boolean as the int8 enumeration {FALSE, TRUE} that h5py reads as bool.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "framework/report/hdf5_handle.h"
#include "framework/report/results_file.h"

namespace adagrain {

class TableLayout {
 public:
  // Throws InternalError on an empty table, a duplicate name or a text column without width.
  explicit TableLayout(std::vector<Column> columns);

  // Of a stored table, units from its attributes. Throws DataError on any type that no table here has.
  static TableLayout of(const DatasetHandle& dataset, const std::string& where);

  const std::vector<Column>& columns() const { return columns_; }
  std::size_t row_bytes() const { return row_bytes_; }

  // The compound as stored and as it lies in memory; they differ on big-endian machines only.
  TypeHandle stored_type() const { return compound(true); }
  TypeHandle memory_type() const { return compound(false); }

  // Appends row_bytes() bytes. Throws InternalError when a cell does not fit its column.
  void encode(std::span<const Cell> row, const std::string& table, std::vector<std::uint8_t>& bytes) const;
  // The inverse, of row_bytes() bytes.
  std::vector<Cell> decode(std::span<const std::uint8_t> bytes) const;

  // A row that no `encode` makes: what HDF5 shows for rows whose data never reached the disk.
  std::vector<std::uint8_t> missing_row() const;

 private:
  TypeHandle compound(bool stored) const;

  std::vector<Column> columns_;
  std::size_t row_bytes_ = 0;
};

// Writes each column's unit as the attribute "<column>.unit" of the dataset.
void write_units(const DatasetHandle& dataset, const std::vector<Column>& columns, const std::string& where);

}  // namespace adagrain
