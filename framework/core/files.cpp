#include "framework/core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "framework/core/byte_source.h"
#include "framework/core/error.h"

namespace adagrain {

namespace {

std::string reason() {
  return std::strerror(errno);
}

}  // namespace

std::vector<std::uint8_t> read_file(const std::filesystem::path& file, std::uint64_t limit_bytes) {
  const ByteSource source = ByteSource::open(file);
  require<DataError>(source.size() <= limit_bytes, "{}: has {} bytes; allowed up to {}", file.string(),
                     source.size(), limit_bytes);
  return source.read(0, source.size());
}

AtomicFile::AtomicFile(std::filesystem::path file) : file_(std::move(file)) {
  refuse_irregular(file_);
  const std::filesystem::path folder = file_.has_parent_path() ? file_.parent_path() : ".";
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    temporary_ = file_.string() + ".XXXXXX";
    descriptor_ = ::mkstemp(temporary_.data());
  }
  require<DataError>(descriptor_ >= 0, "{}: cannot write: {}", file_.string(), reason());
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::append(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    require<DataError>(written > 0, "{}: cannot write: {}", file_.string(), reason());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
}

std::vector<std::uint8_t> AtomicFile::read_back(std::uint64_t offset, std::uint64_t count) const {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint64_t got = 0; got < count;) {
    const ssize_t more =
        ::pread(descriptor_, bytes.data() + got, count - got, static_cast<off_t>(offset + got));
    if (more < 0 && errno == EINTR) continue;
    require<DataError>(more > 0, "{}: cannot read back: {}", file_.string(), reason());
    got += static_cast<std::uint64_t>(more);
  }
  return bytes;
}

void AtomicFile::truncate(std::uint64_t size) {
  ensure(size <= size_, "{}: cut to {} bytes; it has {}", file_.string(), size, size_);
  require<DataError>(::ftruncate(descriptor_, static_cast<off_t>(size)) == 0 &&
                         ::lseek(descriptor_, static_cast<off_t>(size), SEEK_SET) >= 0,
                     "{}: cannot write: {}", file_.string(), reason());
  size_ = size;
}

bool AtomicFile::give_name() {
  const std::string descriptor = fmt::format("/proc/self/fd/{}", descriptor_);
  for (int attempt = 0; temporary_.empty() || errno == EEXIST; ++attempt) {
    temporary_ = fmt::format("{}.{}.{}", file_.string(), ::getpid(), attempt);
    if (::linkat(AT_FDCWD, descriptor.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) == 0)
      return true;
  }
  temporary_.clear();
  return false;
}

void AtomicFile::commit() {
  // It was private; a result should get the permissions any new file gets.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(descriptor_, 0666 & ~mask);
  require<DataError>(::fsync(descriptor_) == 0 && (!temporary_.empty() || give_name()) &&
                         ::close(std::exchange(descriptor_, -1)) == 0 &&
                         ::rename(temporary_.c_str(), file_.c_str()) == 0,
                     "{}: cannot write: {}", file_.string(), reason());
  temporary_.clear();
}

void refuse_irregular(const std::filesystem::path& output) {
  std::error_code absent;
  const auto status = std::filesystem::status(output, absent);
  require<DataError>(!std::filesystem::exists(status) || std::filesystem::is_regular_file(status),
                     "{}: is no regular file; only such are replaced", output.string());
}

void refuse_existing(const std::filesystem::path& output, bool overwrite) {
  require<ConfigError>(overwrite || !std::filesystem::exists(output), "{}: exists; --force overwrites it",
                       output.string());
}

void refuse_same_file(const std::filesystem::path& input, const std::filesystem::path& output) {
  std::error_code absent;
  const auto place = [&](const std::filesystem::path& file) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(file, absent), absent);
  };
  require<ConfigError>(!std::filesystem::equivalent(input, output, absent) && place(input) != place(output),
                       "{}: is the input itself, or another output; give it another name", output.string());
}

void write_file_atomically(const std::filesystem::path& file, std::span<const std::uint8_t> bytes) {
  AtomicFile output(file);
  output.append(bytes);
  output.commit();
}

void write_file_atomically(const std::filesystem::path& file, std::string_view text) {
  write_file_atomically(file, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace adagrain
