#include "framework/report/hdf5_writer.h"

#include <hdf5.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "framework/core/bytes.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kTableChunkBytes = 32 * 1024;
constexpr std::uint64_t kArrayChunkValues = std::uint64_t{1} << 18;

// All of it happens in memory: what fails is a mistake of ours.
template <typename Id>
Id check(Id id) {
  ensure(id >= 0, "HDF5 refuses a call");
  return id;
}

// An identifier that closes itself.
template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  explicit Handle(hid_t id) : id_(check(id)) {}
  ~Handle() { Close(id_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
};
using File = Handle<H5Fclose>;
using Dataset = Handle<H5Dclose>;
using Type = Handle<H5Tclose>;
using Space = Handle<H5Sclose>;
using Properties = Handle<H5Pclose>;
using Attribute = Handle<H5Aclose>;

hid_t text_type(std::size_t width) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, std::max<std::size_t>(width, 1));
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

hid_t boolean_type() {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  const std::int8_t values[] = {0, 1};
  H5Tenum_insert(type, "FALSE", &values[0]);
  H5Tenum_insert(type, "TRUE", &values[1]);
  return type;
}

hid_t cell_type(const Column& column) {
  if (column.type == Column::Type::integer) return H5Tcopy(H5T_STD_I64LE);
  if (column.type == Column::Type::real) return H5Tcopy(H5T_IEEE_F64LE);
  return column.type == Column::Type::boolean ? boolean_type() : text_type(column.width);
}

std::size_t cell_bytes(const Column& column) {
  if (column.type == Column::Type::boolean) return 1;
  return column.type == Column::Type::text ? column.width : 8;
}

hid_t row_type(const std::vector<Column>& columns) {
  std::size_t row_bytes = 0, offset = 0;
  for (const Column& column : columns) row_bytes += cell_bytes(column);
  const hid_t type = H5Tcreate(H5T_COMPOUND, row_bytes);
  for (const Column& column : columns) {
    check(H5Tinsert(type, column.name.c_str(), offset, Type(cell_type(column))));
    offset += cell_bytes(column);
  }
  return type;
}

// As row_type lays it out.
void append_row(const std::vector<Column>& columns, const std::vector<Cell>& row, Bytes& bytes) {
  for (std::size_t index = 0; index < row.size(); ++index) {
    const Cell& cell = row[index];
    std::uint64_t bits = 0;
    if (const auto* text = std::get_if<std::string>(&cell)) {
      bytes.insert(bytes.end(), text->begin(), text->end());
      bytes.resize(bytes.size() + columns[index].width - text->size());
    } else if (const auto* boolean = std::get_if<bool>(&cell)) {
      bytes.push_back(*boolean ? 1 : 0);
    } else {
      if (const auto* real = std::get_if<double>(&cell)) std::memcpy(&bits, real, sizeof bits);
      if (const auto* integer = std::get_if<std::int64_t>(&cell)) bits = static_cast<std::uint64_t>(*integer);
      append_little_endian(bytes, bits);
    }
  }
}

void write_attribute(hid_t object, const std::string& name, const std::string& value) {
  const Type type(text_type(value.size()));
  const Space space(H5Screate(H5S_SCALAR));
  const Attribute attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
  check(H5Awrite(attribute, type, value.empty() ? "" : value.data()));
}

// Groups on the way to `path` are made. `type` is that in memory too. Without `chunk` it is contiguous.
hid_t write_dataset(hid_t file, const std::string& path, hid_t type, const std::vector<hsize_t>& shape,
                    const std::vector<hsize_t>& chunk, const void* data) {
  const Properties links(H5Pcreate(H5P_LINK_CREATE)), properties(H5Pcreate(H5P_DATASET_CREATE));
  check(H5Pset_create_intermediate_group(links, 1));
  if (!chunk.empty()) {
    check(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()));
    check(H5Pset_shuffle(properties));
    check(H5Pset_deflate(properties, 6));
  }
  const Space space(shape.empty() ? H5Screate(H5S_SCALAR)
                                  : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
  const hid_t dataset = check(H5Dcreate2(file, path.c_str(), type, space, links, properties, H5P_DEFAULT));
  if (data != nullptr) check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data));
  return dataset;
}

void write_table(hid_t file, const std::string& path, const ResultsTable& table) {
  check_cells(path, table);
  Bytes bytes;
  for (const std::vector<Cell>& row : table.rows) append_row(table.columns, row, bytes);
  const Type type(row_type(table.columns));
  const hsize_t rows = table.rows.size(), in_chunk = kTableChunkBytes / H5Tget_size(type);
  const std::vector<hsize_t> chunk(rows > 0 ? 1 : 0,
                                   std::clamp<hsize_t>(in_chunk, 1, std::max<hsize_t>(rows, 1)));
  const Dataset dataset(write_dataset(file, path, type, {rows}, chunk, rows > 0 ? bytes.data() : nullptr));
  for (const Column& column : table.columns)
    if (!column.unit.empty()) write_attribute(dataset, column.name + ".unit", column.unit);
}

void write_array(hid_t file, const std::string& path, const ResultsArray& array) {
  const std::vector<hsize_t> shape(array.shape.begin(), array.shape.end());
  std::uint64_t values = 1;
  for (const hsize_t extent : shape) values *= extent;
  ensure(!shape.empty() && values == array.values.size(),
         "{}: {} values do not fill a shape of {} dimensions", path, array.values.size(), shape.size());
  // Cut along the first dimension into chunks of about a megabyte.
  std::vector<hsize_t> chunk;
  if (values > 0 && values / shape[0] <= kArrayChunkValues) {
    chunk = shape;
    chunk[0] = std::clamp<hsize_t>(kArrayChunkValues / (values / shape[0]), 1, shape[0]);
  }
  Bytes bytes;
  for (const float value : array.values) append_little_endian(bytes, std::bit_cast<std::uint32_t>(value));
  const Dataset dataset(
      write_dataset(file, path, H5T_IEEE_F32LE, shape, chunk, values > 0 ? bytes.data() : nullptr));
}

void write_text(hid_t file, const std::string& name, const std::string& text) {
  if (text.size() <= kLongestAttribute) return write_attribute(file, name, text);
  const Dataset dataset(write_dataset(file, "/" + name, Type(text_type(text.size())), {}, {}, text.data()));
}

}  // namespace

Bytes hdf5_file(const Results& results) {
  check(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr));  // it would print
  const Properties access(H5Pcreate(H5P_FILE_ACCESS));
  check(H5Pset_fapl_core(access, std::size_t{1} << 20, false));
  const File file(H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access));
  for (const auto& [path, table] : results.tables) write_table(file, path, table);
  for (const auto& [path, array] : results.arrays) write_array(file, path, array);
  for (const auto& [name, text] : results.texts) write_text(file, name, text);
  check(H5Fflush(file, H5F_SCOPE_LOCAL));
  Bytes bytes(static_cast<std::size_t>(check(H5Fget_file_image(file, nullptr, 0))));
  check(H5Fget_file_image(file, bytes.data(), bytes.size()));
  return bytes;
}

}  // namespace adagrain
