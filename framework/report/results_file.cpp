#include "framework/report/results_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "framework/core/provenance.h"
#include "framework/report/damage_probe.h"
#include "framework/report/disk_space.h"
#include "framework/report/results_image.h"
#include "framework/report/text_attribute.h"

namespace adagrain {

namespace {

// More than HDF5 adds for one new table with its groups, or for a longer chunk index.
constexpr std::uint64_t kMetadataRoom = 128 * 1024;

// HDF5 takes the same lock while it has the file open; asking first gives a text that people understand.
void refuse_file_in_use(const std::filesystem::path& file, int lock) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  const bool busy = ::flock(descriptor, lock | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  require<DataError>(!busy, "{}: another process has it open; wait for it, or choose another file",
                     file.string());
}

FileHandle open_file(const std::filesystem::path& file, unsigned mode) {
  const PropertyHandle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  H5Pset_file_locking(access.get(), true, true);
  return FileHandle(hdf5_check(H5Fopen(file.c_str(), mode, access.get()), file.string(), "open it"));
}

// Everything a reader may do, past the first refusal, so that what HDF5 cannot stand shows itself.
void read_everything(const std::filesystem::path& file) {
  const std::string name = file.string();
  const FileHandle opened = open_file(file, H5F_ACC_RDONLY);
  const auto attempt = [](const auto& read) {
    try {
      read();
    } catch (const DataError&) {
    }
  };
  attempt([&] { read_text_attributes(opened.get(), name); });
  for (const std::string& path : stored_paths(opened.get(), true, name))
    attempt([&] {
      const StoredTable table = StoredTable::open(opened.get(), path, name);
      for (std::uint64_t row = 0; row < table.rows(); ++row) table.read(row, 1);
    });
  for (const std::string& path : stored_paths(opened.get(), false, name))
    attempt([&] { read_stored_array(opened.get(), path, name); });
}

// Opens what may come from anywhere.
FileHandle open_checked(const std::filesystem::path& file, int lock) {
  silence_hdf5();
  refuse_file_in_use(file, lock);
  if (check_seal(file) == Storage::growing) probe_for_damage(file, [&] { read_everything(file); });
  return open_file(file, H5F_ACC_RDONLY);
}

bool same_columns(const std::vector<Column>& left, const std::vector<Column>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Column& one, const Column& other) {
                      return one.name == other.name && one.type == other.type && one.unit == other.unit &&
                             (one.type != Column::Type::text || one.width == other.width);
                    });
}

}  // namespace

struct ResultsFile::State {
  std::filesystem::path path;
  FileHandle file;
  std::optional<DiskSpace> space;                     // none when open for reading only
  mutable std::map<std::string, StoredTable> tables;  // open ones; closed before the file

  std::string name() const { return path.string(); }

  StoredTable& table(const std::string& at) const {
    const auto found = tables.find(at);
    if (found != tables.end()) return found->second;
    return tables.emplace(at, StoredTable::open(file.get(), at, name())).first->second;
  }

  void require_writable() const { ensure(space.has_value(), "{}: is open for reading only", name()); }

  // Runs a change that adds at most `bytes` to the file's content, and puts it on disk.
  template <typename Change>
  void change(std::uint64_t bytes, const Change& apply) {
    require_writable();
    hsize_t size = 0;
    hdf5_check(H5Fget_filesize(file.get(), &size), name(), "write");
    space->reserve(size + bytes + kMetadataRoom);
    apply();
    hdf5_check(H5Fflush(file.get(), H5F_SCOPE_LOCAL), name(), "write");
  }
};

ResultsFile::ResultsFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
ResultsFile::~ResultsFile() = default;
ResultsFile::ResultsFile(ResultsFile&&) noexcept = default;

ResultsFile ResultsFile::create(const std::filesystem::path& file) {
  silence_hdf5();
  refuse_file_in_use(file, LOCK_EX);
  write_empty(file);
  return ResultsFile(
      std::make_unique<State>(State{file, open_file(file, H5F_ACC_RDWR), DiskSpace(file), {}}));
}

// Copied first: packed tables must not grow, and whatever a killed writer left half done stays behind.
ResultsFile ResultsFile::open(const std::filesystem::path& file) {
  write_copy(open_checked(file, LOCK_EX), file, Storage::growing);
  return ResultsFile(
      std::make_unique<State>(State{file, open_file(file, H5F_ACC_RDWR), DiskSpace(file), {}}));
}

ResultsFile ResultsFile::open_read_only(const std::filesystem::path& file) {
  return ResultsFile(std::make_unique<State>(State{file, open_checked(file, LOCK_SH), std::nullopt, {}}));
}

bool ResultsFile::has_table(const std::string& path, const std::vector<Column>& columns) const {
  return has(path) && same_columns(state_->table(path).layout().columns(), columns);
}

bool ResultsFile::has(const std::string& path) const {
  return stored_path_exists(state_->file.get(), path);
}

std::vector<std::string> ResultsFile::tables() const {
  return stored_paths(state_->file.get(), true, state_->name());
}

void ResultsFile::create_table(const std::string& path, const std::vector<Column>& columns) {
  state_->require_writable();
  if (has(path)) {
    require<DataError>(same_columns(state_->table(path).layout().columns(), columns),
                       "{}:{}: exists with other columns; another version of AdaGrain wrote it",
                       state_->name(), path);
    return;
  }
  state_->change(0, [&] {
    state_->tables.emplace(path, StoredTable::create(state_->file.get(), path, TableLayout(columns),
                                                     Storage::growing, state_->name()));
  });
}

void ResultsFile::append(const std::string& path, const std::vector<Cell>& row) {
  append_all(path, {row});
}

void ResultsFile::append_all(const std::string& path, const std::vector<std::vector<Cell>>& rows) {
  state_->require_writable();
  StoredTable& table = state_->table(path);
  std::vector<std::uint8_t> bytes;
  for (const std::vector<Cell>& row : rows) table.layout().encode(row, state_->name() + ":" + path, bytes);
  state_->change(table.room_for(bytes.size()), [&] { table.append(bytes); });
}

ResultsTable ResultsFile::read_table(const std::string& path) const {
  const StoredTable& table = state_->table(path);
  const TableLayout& layout = table.layout();
  ResultsTable result{layout.columns(), {}};
  constexpr std::uint64_t at_once = 4096;
  for (std::uint64_t first = 0; first < table.rows(); first += at_once) {
    const std::vector<std::uint8_t> bytes = table.read(first, std::min(at_once, table.rows() - first));
    for (std::size_t begin = 0; begin < bytes.size(); begin += layout.row_bytes())
      result.rows.push_back(layout.decode(std::span(bytes).subspan(begin, layout.row_bytes())));
  }
  return result;
}

void ResultsFile::write_array(const std::string& path, std::span<const float> values,
                              const std::vector<std::uint64_t>& shape) {
  state_->change(values.size_bytes(), [&] {
    write_stored_array(state_->file.get(), path, values, shape, Storage::growing, state_->name());
  });
}

std::vector<float> ResultsFile::read_array(const std::string& path) const {
  return read_stored_array(state_->file.get(), path, state_->name()).values;
}

void ResultsFile::set_provenance() {
  set_attribute("versions", version_description());
  set_attribute("machine", machine_description());
}

void ResultsFile::set_attribute(const std::string& name, const std::string& value) {
  state_->change(value.size(),
                 [&] { write_text_attribute(state_->file.get(), name, value, state_->name()); });
}

std::string ResultsFile::attribute(const std::string& name) const {
  return read_text_attribute(state_->file.get(), name, state_->name());
}

void ResultsFile::finish() {
  state_->require_writable();
  write_copy(state_->file, state_->path, Storage::packed);
  state_->tables.clear();
  state_->file.reset();
  state_->space.reset();
}

}  // namespace adagrain
