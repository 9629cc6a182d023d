#include "framework/core/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "framework/core/error.h"

namespace adagrain {

ByteSource ByteSource::open(const std::filesystem::path& file) {
  ByteSource source;
  source.name_ = file.string();
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  require<DataError>(descriptor >= 0, "{}: cannot open: {}", source.name_, std::strerror(errno));
  source.file_ = std::shared_ptr<const int>(new int(descriptor), [](const int* owned) {
    ::close(*owned);
    delete owned;
  });
  struct stat status = {};
  require<DataError>(::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode), "{}: not a regular file",
                     source.name_);
  source.size_ = static_cast<std::uint64_t>(status.st_size);
  return source;
}

ByteSource ByteSource::hold(std::vector<std::uint8_t> bytes, std::string name) {
  ByteSource source;
  source.name_ = std::move(name);
  source.size_ = bytes.size();
  source.bytes_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  return source;
}

void ByteSource::check(std::uint64_t offset, std::uint64_t count) const {
  require<DataError>(offset <= size_ && count <= size_ - offset, "{}: {} bytes wanted at byte {}; it has {}",
                     name_, count, offset, size_);
}

void ByteSource::read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  check(offset, bytes.size());
  if (bytes_) {
    std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), bytes.begin());
    return;
  }
  while (!bytes.empty()) {
    const ssize_t got = ::pread(*file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    require<DataError>(got > 0, "{}: cannot read: {}", name_,
                       got < 0 ? std::strerror(errno) : "it shrank while being read");
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

std::vector<std::uint8_t> ByteSource::read(std::uint64_t offset, std::uint64_t count) const {
  check(offset, count);
  std::vector<std::uint8_t> bytes(count);
  read(offset, std::span(bytes));
  return bytes;
}

}  // namespace adagrain
