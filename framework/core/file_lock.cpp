#include "framework/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "framework/core/error.h"
#include "framework/core/provenance.h"

namespace adagrain {

namespace {

constexpr const char* kLockMagic = "AdaGrain lock, ";

std::string host_name() {
  std::array<char, 256> name = {};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "an unknown machine";
}

std::string own_name() {
  std::array<char, 32> since = {};
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  std::strftime(since.data(), since.size(), "%Y-%m-%d %H:%M:%S", ::localtime_r(&now, &local));
  return fmt::format("process {} on {} since {} ({})", ::getpid(), host_name(), since.data(),
                     provenance().command);
}

std::string holder_of(int descriptor, std::size_t magic_bytes) {
  std::array<char, kLockHeadBytes + 1> head = {};
  const ssize_t got = ::pread(descriptor, head.data(), kLockHeadBytes, 0);
  if (got <= static_cast<ssize_t>(magic_bytes) || head[magic_bytes] == '\0') return "another process";
  return head.data() + magic_bytes;
}

}  // namespace

void lock_file(int descriptor, const std::string& magic, const std::string& where) {
  int refused = EINTR;
  while (refused == EINTR) refused = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  require<DataError>(refused != EWOULDBLOCK, "{}: is in use by {}; wait for it, or choose another place",
                     where, refused == EWOULDBLOCK ? holder_of(descriptor, magic.size()) : std::string());
  const std::string name = magic + own_name();
  std::array<char, kLockHeadBytes> head = {};
  std::memcpy(head.data(), name.data(), std::min(name.size(), kLockHeadBytes - 1));
  const ssize_t written = ::pwrite(descriptor, head.data(), head.size(), 0);
  const int error = errno;
  require<DataError>(written == static_cast<ssize_t>(head.size()), "{}: cannot write: {}", where,
                     written < 0 ? std::strerror(error) : "No space left on device");
}

FileLock::FileLock(const std::filesystem::path& file, const std::filesystem::path& place)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666)) {
  const int error = errno;
  require<DataError>(descriptor_ >= 0, "{}: cannot write: {}", file.string(), std::strerror(error));
  try {
    lock_file(descriptor_, kLockMagic, place.string());
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

FileLock::~FileLock() {
  ::close(descriptor_);
}

}  // namespace adagrain
