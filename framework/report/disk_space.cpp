#include "framework/report/disk_space.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "framework/core/error.h"

namespace adagrain {

DiskSpace::DiskSpace(const std::filesystem::path& file)
    : file_(file), descriptor_(::open(file.c_str(), O_RDWR | O_CLOEXEC)) {
  require<DataError>(descriptor_ >= 0, "{}: cannot write: {}", file.string(), std::strerror(errno));
}

DiskSpace::~DiskSpace() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

DiskSpace::DiskSpace(DiskSpace&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

void DiskSpace::reserve(std::uint64_t bytes) const {
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes));
  require<DataError>(error == 0, "{}: cannot write: {}", file_.string(), std::strerror(error));
}

}  // namespace adagrain
