// One table or array inside an HDF5 file, with every extent checked before anything is allocated.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "framework/report/hdf5_handle.h"
#include "framework/report/table_layout.h"

namespace adagrain {

// Growing tables carry no filters, because a killed writer leaves such tables readable; packed ones do.
enum class Storage { growing, packed };

class StoredTable {
 public:
  // `path` is absolute; groups on the way are created. `file_name` opens error texts.
  static StoredTable create(hid_t file, const std::string& path, TableLayout layout, Storage storage,
                            const std::string& file_name);
  // Rows that a killed writer had announced but not written are left out. Throws DataError when it is no
  // table or claims more than the file can hold.
  static StoredTable open(hid_t file, const std::string& path, const std::string& file_name);

  const TableLayout& layout() const { return layout_; }
  std::uint64_t rows() const { return rows_; }

  // The most that appending so many bytes adds to the file: the last chunk is allocated whole.
  std::uint64_t room_for(std::uint64_t bytes) const;
  // Whole rows, as the layout encodes them.
  void append(std::span<const std::uint8_t> bytes);
  std::vector<std::uint8_t> read(std::uint64_t first, std::uint64_t count) const;

 private:
  StoredTable(TableLayout layout, DatasetHandle dataset, std::string where);
  void check_extent();
  void drop_missing_rows();

  TableLayout layout_;
  TypeHandle memory_type_;
  DatasetHandle dataset_;
  std::string where_;  // "results/a.h5:/runs"
  std::uint64_t rows_ = 0;
};

struct StoredArray {
  std::vector<float> values;
  std::vector<std::uint64_t> shape;
};

void write_stored_array(hid_t file, const std::string& path, std::span<const float> values,
                        const std::vector<std::uint64_t>& shape, Storage storage,
                        const std::string& file_name);
StoredArray read_stored_array(hid_t file, const std::string& path, const std::string& file_name);

// Whether every step of the absolute path is there as a plain link; links out of the file do not count.
bool stored_path_exists(hid_t file, const std::string& path);

// Absolute paths of all tables (compounds) or arrays (float32), alphabetical.
std::vector<std::string> stored_paths(hid_t file, bool tables, const std::string& file_name);

}  // namespace adagrain
