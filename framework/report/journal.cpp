#include "framework/report/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "framework/core/bytes.h"
#include "framework/core/checksum.h"
#include "framework/core/file_lock.h"
#include "framework/core/files.h"

namespace adagrain {

namespace {

constexpr std::string_view kMagic = "AdaGrain journal 1, ";
constexpr std::size_t kRecordHead = 8, kRecordEnd = 4;
constexpr std::uint64_t kLargestJournal = std::uint64_t{1} << 29;

using KnownColumns = std::map<std::string, std::vector<Column>>;

void append_text(Bytes& out, const std::string& text) {
  append_varint(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

void append_cell(Bytes& out, const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return append_text(out, *text);
  std::uint64_t bits = 0;
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) bits = static_cast<std::uint64_t>(*integer);
  if (const auto* real = std::get_if<double>(&cell)) std::memcpy(&bits, real, sizeof bits);
  if (const auto* boolean = std::get_if<bool>(&cell)) bits = *boolean ? 1 : 0;
  append_little_endian(out, bits);
}

Bytes encoded(const Results& more, KnownColumns& known) {
  Bytes out;
  append_varint(out, more.texts.size());
  for (const auto& [name, text] : more.texts) {
    append_text(out, name);
    append_text(out, text);
  }
  append_varint(out, more.tables.size());
  for (const auto& [path, table] : more.tables) {
    check_cells(path, table);
    append_text(out, path);
    const auto [place, fresh] = known.try_emplace(path, table.columns);
    ensure(place->second == table.columns, "{}: is in the journal with other columns", path);
    append_varint(out, fresh ? table.columns.size() : 0);
    for (const Column& column : fresh ? table.columns : std::vector<Column>()) {
      append_text(out, column.name);
      out.push_back(static_cast<std::uint8_t>(column.type));
      append_text(out, column.unit);
      append_varint(out, column.width);
    }
    append_varint(out, table.rows.size());
    for (const std::vector<Cell>& row : table.rows)
      for (const Cell& cell : row) append_cell(out, cell);
  }
  return out;
}

// `checksum` goes on from the record before to this one.
Bytes framed(const Bytes& content, std::uint32_t& checksum) {
  Bytes record;
  append_little_endian(record, static_cast<std::uint32_t>(content.size()));
  checksum = crc32(record, checksum);
  append_little_endian(record, checksum);
  record.insert(record.end(), content.begin(), content.end());
  checksum = crc32(content, checksum);
  append_little_endian(record, checksum);
  return record;
}

std::string read_text(ByteReader& reader) {
  const auto bytes = reader.take(reader.varint());
  return {bytes.begin(), bytes.end()};
}

Cell read_cell(ByteReader& reader, const Column& column) {
  if (column.type == Column::Type::text) {
    std::string text = read_text(reader);
    require<DataError>(text.size() <= column.width && text.find('\0') == std::string::npos,
                       "column '{}' has a text of {} bytes that does not fit it", column.name, text.size());
    return text;
  }
  const auto bits = reader.number<std::uint64_t>();
  if (column.type == Column::Type::integer) return static_cast<std::int64_t>(bits);
  if (column.type == Column::Type::boolean) return bits != 0;
  double real = 0;
  std::memcpy(&real, &bits, sizeof real);
  return real;
}

std::vector<Column> read_columns(ByteReader& reader, std::uint64_t count) {
  std::vector<Column> columns;
  require<DataError>(count <= kMostColumns, "{} columns", count);
  for (std::uint64_t index = 0; index < count; ++index) {
    Column column{read_text(reader), Column::Type::integer, "", 0};
    const auto type = reader.number<std::uint8_t>();
    require<DataError>(type <= static_cast<std::uint8_t>(Column::Type::text), "column type {}", type);
    column.type = static_cast<Column::Type>(type);
    column.unit = read_text(reader);
    column.width = static_cast<std::size_t>(reader.varint());
    columns.push_back(std::move(column));
  }
  require<DataError>(are_sound(columns), "no table can have such columns");
  return columns;
}

Results decoded(std::span<const std::uint8_t> content, const Results& before) {
  ByteReader reader(content, "record");
  Results more;
  for (std::uint64_t count = reader.varint(); count > 0; --count) {
    std::string name = read_text(reader);
    more.texts[std::move(name)] = read_text(reader);
  }
  for (std::uint64_t count = reader.varint(); count > 0; --count) {
    const std::string path = read_text(reader);
    require<DataError>(path.size() > 1 && path.front() == '/', "'{}' is no table's path", path);
    const std::uint64_t fresh = reader.varint();
    ResultsTable table;
    table.columns = fresh > 0 ? read_columns(reader, fresh) : before.table(path).columns;
    const std::size_t held = before.has(path) ? before.table(path).rows.size() : 0;
    const std::uint64_t rows = reader.varint();
    require<DataError>(rows <= kMostCells && (held + rows) * table.columns.size() <= kMostCells,
                       "{}: {} rows", path, rows);
    for (std::uint64_t row = 0; row < rows; ++row) {
      std::vector<Cell>& cells = table.rows.emplace_back();
      cells.reserve(table.columns.size());
      for (const Column& column : table.columns) cells.push_back(read_cell(reader, column));
    }
    more.add({{{path, std::move(table)}}, {}, {}});
  }
  require<DataError>(reader.remaining() == 0, "{} bytes too many", reader.remaining());
  return more;
}

// A file system that lost its power may leave a length without data.
bool only_zeros(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

void write_at(int descriptor, std::span<const std::uint8_t> bytes, std::uint64_t offset,
              const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    const int error = errno;
    if (written < 0 && error == EINTR) continue;
    require<DataError>(written > 0, "{}: cannot write: {}", file.string(),
                       std::strerror(written == 0 ? ENOSPC : error));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

// finish() of another process may remove the file between its opening and its locking.
bool is_still_there(int descriptor, const std::filesystem::path& file) {
  struct stat opened = {}, named = {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

bool is_journal(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
}

Bytes journal_file(const Results& results) {
  Bytes bytes(kMagic.begin(), kMagic.end());
  bytes.resize(kLockHeadBytes);
  KnownColumns known;
  std::uint32_t checksum = 0;
  const Bytes record = framed(encoded(results, known), checksum);
  bytes.insert(bytes.end(), record.begin(), record.end());
  return bytes;
}

JournalContent parse_journal(std::span<const std::uint8_t> bytes) {
  JournalContent journal;
  journal.is_journal = is_journal(bytes);
  if (!journal.is_journal || bytes.size() < kLockHeadBytes) return journal;
  journal.bytes = kLockHeadBytes;
  while (true) {
    const auto rest = bytes.subspan(static_cast<std::size_t>(journal.bytes));
    if (rest.size() < kRecordHead + kRecordEnd || only_zeros(rest)) return journal;
    const auto length = load_little_endian<std::uint32_t>(rest.data());
    const std::uint32_t head = crc32(rest.first(4), journal.checksum);
    journal.damage = fmt::format("is damaged at byte {}", journal.bytes);
    if (load_little_endian<std::uint32_t>(rest.data() + 4) != head) return journal;
    if (length > rest.size() - kRecordHead - kRecordEnd) {  // cut off while it was written
      journal.damage.clear();
      return journal;
    }
    const auto content = rest.subspan(kRecordHead, length);
    const std::uint32_t checksum = crc32(content, head);
    if (load_little_endian<std::uint32_t>(rest.data() + kRecordHead + length) != checksum) return journal;
    try {
      journal.results.add(decoded(content, journal.results));
    } catch (const DataError& error) {
      journal.damage += fmt::format(" ({})", error.what());
      return journal;
    }
    journal.damage.clear();
    journal.bytes += kRecordHead + length + kRecordEnd;
    journal.checksum = checksum;
  }
}

Journal::Journal(const std::filesystem::path& file) : file_(file) {
  refuse_irregular(file);
  while (true) {
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    const int error = errno;
    require<DataError>(descriptor_ >= 0, "{}: cannot write: {}", file.string(), std::strerror(error));
    try {
      const std::vector<std::uint8_t> bytes = read_file(file, kLargestJournal);
      require<DataError>(bytes.size() < kMagic.size() ? std::equal(bytes.begin(), bytes.end(), kMagic.begin())
                                                      : is_journal(bytes),
                         "{}: is no journal of AdaGrain; move it away", file.string());
      lock_file(descriptor_, std::string(kMagic), file.string());
      if (is_still_there(descriptor_, file)) break;
    } catch (...) {
      ::close(descriptor_);
      throw;
    }
    ::close(descriptor_);
  }
  // Read again: only now nobody else writes.
  earlier_ = parse_journal(read_file(file, kLargestJournal));
  for (const auto& [path, table] : earlier_.results.tables) known_[path] = table.columns;
  cut(earlier_.bytes, earlier_.checksum);
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Journal::Journal(Journal&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      earlier_(std::move(other.earlier_)),
      known_(std::move(other.known_)),
      bytes_(other.bytes_),
      checksum_(other.checksum_) {}

void Journal::cut(std::uint64_t bytes, std::uint32_t checksum) {
  const int refused = ::ftruncate(descriptor_, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
  require<DataError>(refused == 0, "{}: cannot write: {}", file_.string(), std::strerror(refused));
  bytes_ = bytes;
  checksum_ = checksum;
}

void Journal::clear() {
  known_.clear();
  cut(kLockHeadBytes, 0);
}

void Journal::append(const Results& more) {
  KnownColumns known = known_;
  const Bytes content = encoded(more, known);
  ensure(content.size() < kLargestJournal, "{}: a record of {} bytes", file_.string(), content.size());
  std::uint32_t checksum = checksum_;
  const Bytes record = framed(content, checksum);
  try {
    write_at(descriptor_, record, bytes_, file_);
  } catch (const DataError&) {
    // What is there of it must not stand in front of a later record. Where this fails too, so will that.
    (void)!::ftruncate(descriptor_, static_cast<off_t>(bytes_));
    throw;
  }
  known_ = std::move(known);
  bytes_ += record.size();
  checksum_ = checksum;
}

void Journal::remove() {
  ::unlink(file_.c_str());
}

}  // namespace adagrain
