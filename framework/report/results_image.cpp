#include "framework/report/results_image.h"

#include <algorithm>
#include <string_view>

#include "framework/core/checksum.h"
#include "framework/core/files.h"
#include "framework/report/text_attribute.h"

namespace adagrain {

namespace {

constexpr std::string_view kMagic = "AdaGrain results, HDF5 from byte 512. ";
constexpr std::string_view kGrowingState = "growing";
constexpr std::string_view kSealedState = "sealed crc32 ";
constexpr std::uint64_t kRowsAtOnce = 4096;

std::string seal_text(std::span<const std::uint8_t> content) {
  return fmt::format("{}{}{:08x}\n", kMagic, kSealedState, crc32(content));
}

// An HDF5 file that lives in memory.
FileHandle memory_file(const std::string& where) {
  const PropertyHandle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false);
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  return FileHandle(hdf5_check(H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), where,
                               "make a copy in memory"));
}

// HDF5 finds its signature at byte 512 and shifts every address by that much.
void write_image(const FileHandle& image, const std::filesystem::path& file, Storage storage) {
  hdf5_check(H5Fflush(image.get(), H5F_SCOPE_LOCAL), file.string(), "make a copy in memory");
  const ssize_t size =
      hdf5_check(H5Fget_file_image(image.get(), nullptr, 0), file.string(), "make a copy in memory");
  std::vector<std::uint8_t> bytes(kPreambleBytes + static_cast<std::size_t>(size));
  hdf5_check(H5Fget_file_image(image.get(), bytes.data() + kPreambleBytes, static_cast<std::size_t>(size)),
             file.string(), "make a copy in memory");
  const std::string text = storage == Storage::packed ? seal_text(std::span(bytes).subspan(kPreambleBytes))
                                                      : fmt::format("{}{}\n", kMagic, kGrowingState);
  std::copy(text.begin(), text.end(), bytes.begin());
  write_file_atomically(file, bytes);
}

void copy_table(hid_t source, hid_t target, const std::string& path, Storage storage,
                const std::string& name) {
  const StoredTable from = StoredTable::open(source, path, name);
  StoredTable to = StoredTable::create(target, path, from.layout(), storage, name);
  for (std::uint64_t row = 0; row < from.rows(); row += kRowsAtOnce)
    to.append(from.read(row, std::min(kRowsAtOnce, from.rows() - row)));
}

}  // namespace

void write_copy(const FileHandle& source, const std::filesystem::path& file, Storage storage) {
  const std::string name = file.string();
  const FileHandle image = memory_file(name);
  for (const std::string& path : stored_paths(source.get(), true, name))
    copy_table(source.get(), image.get(), path, storage, name);
  for (const std::string& path : stored_paths(source.get(), false, name)) {
    const StoredArray array = read_stored_array(source.get(), path, name);
    write_stored_array(image.get(), path, array.values, array.shape, storage, name);
  }
  for (const auto& [attribute, value] : read_text_attributes(source.get(), name))
    write_text_attribute(image.get(), attribute, value, name);
  write_image(image, file, storage);
}

void write_empty(const std::filesystem::path& file) {
  write_image(memory_file(file.string()), file, Storage::growing);
}

Storage check_seal(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  require<DataError>(bytes.size() > kPreambleBytes, "{}: has {} bytes; no results file is that short",
                     file.string(), bytes.size());
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), kPreambleBytes);
  require<DataError>(text.starts_with(kMagic), "{}: is not a results file of AdaGrain", file.string());
  const std::string_view state = text.substr(kMagic.size());
  if (state.starts_with(kGrowingState)) return Storage::growing;
  require<DataError>(text.starts_with(seal_text(std::span(bytes).subspan(kPreambleBytes))),
                     "{}: was altered or cut off after it was finished; its checksum does not fit",
                     file.string());
  return Storage::packed;
}

}  // namespace adagrain
