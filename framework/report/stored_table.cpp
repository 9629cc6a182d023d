#include "framework/report/stored_table.h"

#include <algorithm>

namespace adagrain {

namespace {

constexpr std::uint64_t kChunkBytes = 32 * 1024;
constexpr std::uint64_t kLargestChunkBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kDeflateLimit = 1100;  // deflate's best ratio is 1032

PropertyHandle chunked(const std::vector<hsize_t>& chunk, Storage storage) {
  PropertyHandle properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
  if (storage == Storage::packed) {
    H5Pset_shuffle(properties.get());
    H5Pset_deflate(properties.get(), 6);
  }
  return properties;
}

hsize_t chunk_rows(const TableLayout& layout) {
  return std::clamp<hsize_t>(kChunkBytes / layout.row_bytes(), 8, 1024);
}

PropertyHandle groups_on_the_way() {
  PropertyHandle properties(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(properties.get(), 1);
  return properties;
}

DatasetHandle open_dataset(hid_t file, const std::string& path, const std::string& where) {
  require<DataError>(stored_path_exists(file, path), "{}: there is no such table or array", where);
  return DatasetHandle(hdf5_check(H5Dopen2(file, path.c_str(), H5P_DEFAULT), where, "open it"));
}

std::vector<hsize_t> extents(const DatasetHandle& dataset, const std::string& where) {
  const SpaceHandle space(hdf5_check(H5Dget_space(dataset.get()), where, "read its shape"));
  const int rank = H5Sget_simple_extent_ndims(space.get());
  require<DataError>(rank >= 1 && rank <= 8, "{}: has {} dimensions; allowed 1..8", where, rank);
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
  hdf5_check(H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr), where, "read its shape");
  return shape;
}

// Bytes of chunk `shape` times `item`; saturates well above anything allowed.
std::uint64_t saturating_bytes(const std::vector<hsize_t>& shape, std::uint64_t item) {
  std::uint64_t bytes = item;
  for (const hsize_t extent : shape)
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return ~std::uint64_t{0};
  return bytes;
}

// A dataset may claim no more than its stored bytes can decode to, in chunks of bounded size, through no
// filter but ours.
void check_claim(const DatasetHandle& dataset, const std::vector<hsize_t>& shape, std::uint64_t item_bytes,
                 const std::string& where) {
  const PropertyHandle properties(hdf5_check(H5Dget_create_plist(dataset.get()), where, "read its layout"));
  const H5D_layout_t layout = H5Pget_layout(properties.get());
  std::uint64_t slack = 0;
  if (layout == H5D_CHUNKED) {
    std::vector<hsize_t> chunk(shape.size());
    hdf5_check(H5Pget_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()), where,
               "read its layout");
    slack = saturating_bytes(chunk, item_bytes);
    require<DataError>(slack <= kLargestChunkBytes, "{}: has chunks of {} bytes; allowed up to {}", where,
                       slack, kLargestChunkBytes);
  }
  const int filters = H5Pget_nfilters(properties.get());
  for (int index = 0; index < filters; ++index) {
    unsigned flags = 0, configuration = 0;
    std::size_t count = 0;
    const H5Z_filter_t filter = H5Pget_filter2(properties.get(), static_cast<unsigned>(index), &flags, &count,
                                               nullptr, 0, nullptr, &configuration);
    require<DataError>(filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_DEFLATE,
                       "{}: is packed by filter {}; allowed are shuffle and deflate", where,
                       static_cast<int>(filter));
  }
  // What the file says of its storage, but no more than it has.
  hsize_t file_bytes = 0;
  hdf5_check(H5Fget_filesize(FileHandle(H5Iget_file_id(dataset.get())).get(), &file_bytes), where,
             "read its size");
  const std::uint64_t stored = std::min<std::uint64_t>(H5Dget_storage_size(dataset.get()), file_bytes);
  const std::uint64_t claimed = saturating_bytes(shape, item_bytes);
  const std::uint64_t decodable = stored * (filters > 0 ? kDeflateLimit : 1) + slack;
  require<DataError>(claimed <= decodable, "{}: claims {} bytes; its {} stored bytes cannot hold them", where,
                     claimed, stored);
}

}  // namespace

StoredTable::StoredTable(TableLayout layout, DatasetHandle dataset, std::string where)
    : layout_(std::move(layout)),
      memory_type_(layout_.memory_type()),
      dataset_(std::move(dataset)),
      where_(std::move(where)) {}

StoredTable StoredTable::create(hid_t file, const std::string& path, TableLayout layout, Storage storage,
                                const std::string& file_name) {
  const std::string where = file_name + ":" + path;
  const PropertyHandle properties = chunked({chunk_rows(layout)}, storage);
  const TypeHandle memory = layout.memory_type();
  const std::vector<std::uint8_t> missing = layout.missing_row();
  hdf5_check(H5Pset_fill_value(properties.get(), memory.get(), missing.data()), where, "create it");
  const hsize_t none = 0, unlimited = H5S_UNLIMITED;
  const SpaceHandle space(hdf5_check(H5Screate_simple(1, &none, &unlimited), where, "create it"));
  const TypeHandle stored = layout.stored_type();
  const PropertyHandle links = groups_on_the_way();
  DatasetHandle dataset(hdf5_check(
      H5Dcreate2(file, path.c_str(), stored.get(), space.get(), links.get(), properties.get(), H5P_DEFAULT),
      where, "create it"));
  write_units(dataset, layout.columns(), where);
  return StoredTable(std::move(layout), std::move(dataset), where);
}

StoredTable StoredTable::open(hid_t file, const std::string& path, const std::string& file_name) {
  const std::string where = file_name + ":" + path;
  DatasetHandle dataset = open_dataset(file, path, where);
  TableLayout layout = TableLayout::of(dataset, where);
  StoredTable table(std::move(layout), std::move(dataset), where);
  table.check_extent();
  table.drop_missing_rows();
  return table;
}

void StoredTable::check_extent() {
  const std::vector<hsize_t> shape = extents(dataset_, where_);
  require<DataError>(shape.size() == 1, "{}: has {} dimensions; a table has 1", where_, shape.size());
  check_claim(dataset_, shape, layout_.row_bytes(), where_);
  rows_ = shape[0];
}

// A kill between two writes of one flush can leave a new length beside data that is not there yet. Then the
// rows read as the fill value, or lie past the end that the file knows; none of them had been confirmed.
void StoredTable::drop_missing_rows() {
  const std::vector<std::uint8_t> missing = layout_.missing_row();
  for (; rows_ > 0; --rows_) {
    try {
      if (read(rows_ - 1, 1) != missing) return;
    } catch (const DataError&) {
      if (rows_ == 1) throw;
    }
  }
}

std::uint64_t StoredTable::room_for(std::uint64_t bytes) const {
  return bytes + 2 * chunk_rows(layout_) * layout_.row_bytes();
}

void StoredTable::append(std::span<const std::uint8_t> bytes) {
  const hsize_t count = bytes.size() / layout_.row_bytes();
  ensure(count * layout_.row_bytes() == bytes.size(), "{}: {} bytes are no whole rows of {}", where_,
         bytes.size(), layout_.row_bytes());
  if (count == 0) return;
  const hsize_t length = rows_ + count, first = rows_;
  hdf5_check(H5Dset_extent(dataset_.get(), &length), where_, "grow it");
  const SpaceHandle file_space(hdf5_check(H5Dget_space(dataset_.get()), where_, "append"));
  hdf5_check(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &first, nullptr, &count, nullptr), where_,
             "append");
  const SpaceHandle memory_space(hdf5_check(H5Screate_simple(1, &count, nullptr), where_, "append"));
  hdf5_check(H5Dwrite(dataset_.get(), memory_type_.get(), memory_space.get(), file_space.get(), H5P_DEFAULT,
                      bytes.data()),
             where_, "append");
  rows_ = length;
}

std::vector<std::uint8_t> StoredTable::read(std::uint64_t first, std::uint64_t count) const {
  ensure(first + count <= rows_, "{}: rows {} to {} of {}", where_, first, first + count, rows_);
  std::vector<std::uint8_t> bytes(count * layout_.row_bytes());
  if (count == 0) return bytes;
  const hsize_t begin = first, length = count;
  const SpaceHandle file_space(hdf5_check(H5Dget_space(dataset_.get()), where_, "read it"));
  hdf5_check(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &begin, nullptr, &length, nullptr), where_,
             "read it");
  const SpaceHandle memory_space(hdf5_check(H5Screate_simple(1, &length, nullptr), where_, "read it"));
  hdf5_check(H5Dread(dataset_.get(), memory_type_.get(), memory_space.get(), file_space.get(), H5P_DEFAULT,
                     bytes.data()),
             where_, "read it");
  return bytes;
}

void write_stored_array(hid_t file, const std::string& path, std::span<const float> values,
                        const std::vector<std::uint64_t>& shape, Storage storage,
                        const std::string& file_name) {
  const std::string where = file_name + ":" + path;
  const std::vector<hsize_t> dimensions(shape.begin(), shape.end());
  ensure(!shape.empty() && shape.size() <= 8 && saturating_bytes(dimensions, 1) == values.size(),
         "{}: {} values do not fill the shape of {} dimensions", where, values.size(), shape.size());
  PropertyHandle properties(H5Pcreate(H5P_DATASET_CREATE));
  if (storage == Storage::packed && !values.empty()) {
    // Cut along the first dimension into chunks of about a megabyte.
    std::vector<hsize_t> chunk = dimensions;
    const std::uint64_t slice = values.size() / chunk[0];
    chunk[0] = std::clamp<hsize_t>((std::uint64_t{1} << 18) / slice, 1, chunk[0]);
    if (chunk[0] * slice * sizeof(float) <= kLargestChunkBytes) properties = chunked(chunk, storage);
  }
  const SpaceHandle space(hdf5_check(
      H5Screate_simple(static_cast<int>(dimensions.size()), dimensions.data(), nullptr), where, "create it"));
  const PropertyHandle links = groups_on_the_way();
  const DatasetHandle dataset(hdf5_check(
      H5Dcreate2(file, path.c_str(), H5T_IEEE_F32LE, space.get(), links.get(), properties.get(), H5P_DEFAULT),
      where, "create it"));
  if (values.empty()) return;
  hdf5_check(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), where,
             "write it");
}

StoredArray read_stored_array(hid_t file, const std::string& path, const std::string& file_name) {
  const std::string where = file_name + ":" + path;
  const DatasetHandle dataset = open_dataset(file, path, where);
  const TypeHandle type(hdf5_check(H5Dget_type(dataset.get()), where, "read its type"));
  require<DataError>(H5Tget_class(type.get()) == H5T_FLOAT && H5Tget_size(type.get()) == sizeof(float),
                     "{}: is not an array of float32", where);
  const std::vector<hsize_t> shape = extents(dataset, where);
  check_claim(dataset, shape, sizeof(float), where);
  StoredArray array;
  array.shape.assign(shape.begin(), shape.end());
  array.values.resize(saturating_bytes(shape, 1));
  if (!array.values.empty())
    hdf5_check(H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()),
               where, "read it");
  return array;
}

bool stored_path_exists(hid_t file, const std::string& path) {
  ensure(path.size() > 1 && path.front() == '/' && path.back() != '/', "'{}' is no absolute path in a file",
         path);
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string step = path.substr(0, end);
    if (H5Lexists(file, step.c_str(), H5P_DEFAULT) <= 0) return false;
    H5L_info_t link;
    if (H5Lget_info(file, step.c_str(), &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) return false;
    if (end == std::string::npos) return true;
  }
}

std::vector<std::string> stored_paths(hid_t file, bool tables, const std::string& file_name) {
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5L_info_t* link, void* into) -> herr_t {
    if (link->type == H5L_TYPE_HARD) static_cast<std::vector<std::string>*>(into)->push_back(name);
    return 0;
  };
  hdf5_check(H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, collect, &names), file_name, "list its tables");
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    const DatasetHandle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT));
    if (!dataset) continue;  // a group
    const TypeHandle type(hdf5_check(H5Dget_type(dataset.get()), file_name, "read a type"));
    if (H5Tget_class(type.get()) == (tables ? H5T_COMPOUND : H5T_FLOAT)) paths.push_back("/" + name);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace adagrain
