#include "framework/core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "framework/core/error.h"

namespace adagrain {

namespace {

// Closes on every way out.
class FileDescriptor {
 public:
  explicit FileDescriptor(int value) : value_(value) {}
  ~FileDescriptor() {
    if (value_ >= 0) ::close(value_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return value_; }
  bool close() { return ::close(std::exchange(value_, -1)) == 0; }

 private:
  int value_;
};

std::string reason() {
  return std::strerror(errno);
}

void write_all(int descriptor, std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    require<DataError>(written > 0, "{}: cannot write: {}", file.string(), reason());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::vector<std::uint8_t> read_file(const std::filesystem::path& file, std::uint64_t limit_bytes) {
  const FileDescriptor input(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  require<DataError>(input.get() >= 0, "{}: cannot open: {}", file.string(), reason());
  struct stat status = {};
  require<DataError>(::fstat(input.get(), &status) == 0 && S_ISREG(status.st_mode), "{}: not a regular file",
                     file.string());
  const auto size = static_cast<std::uint64_t>(status.st_size);
  require<DataError>(size <= limit_bytes, "{}: has {} bytes; allowed up to {}", file.string(), size,
                     limit_bytes);
  std::vector<std::uint8_t> bytes(size);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(input.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    require<DataError>(got > 0, "{}: cannot read: {}", file.string(),
                       got < 0 ? reason() : "it shrank while being read");
    filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

void write_file_atomically(const std::filesystem::path& file, std::span<const std::uint8_t> bytes) {
  std::string temporary = file.string() + ".XXXXXX";
  FileDescriptor output(::mkstemp(temporary.data()));
  require<DataError>(output.get() >= 0, "{}: cannot write: {}", file.string(), reason());
  try {
    write_all(output.get(), bytes, file);
    // mkstemp makes the file private; a result should get the permissions any new file gets.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(output.get(), 0666 & ~mask);
    require<DataError>(::fsync(output.get()) == 0 && output.close(), "{}: cannot write: {}", file.string(),
                       reason());
    require<DataError>(::rename(temporary.c_str(), file.c_str()) == 0, "{}: cannot write: {}", file.string(),
                       reason());
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void write_file_atomically(const std::filesystem::path& file, std::string_view text) {
  write_file_atomically(file, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::filesystem::path project_root() {
  const char* home = std::getenv("ADAGRAIN_HOME");
  return home != nullptr ? home : ADAGRAIN_SOURCE_ROOT;
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, bytes.data(), bytes.size()));
}

}  // namespace adagrain
