// One writer at a time: advisory locks of our own (flock), which the system drops however a process ends, and
// whose holder others can name. On a file system without locks every lock is granted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace adagrain {

// What the holder of a lock leaves in the locked file: a magic word, then a line that names the process,
// padded with zeros.
constexpr std::size_t kLockHeadBytes = 256;

// Locks an open file until it is closed, and names this process in its first bytes behind `magic`. Throws
// DataError "<where>: is in use by <holder>; ..." when somebody else has it.
void lock_file(int descriptor, const std::string& magic, const std::string& where);

// A lock on a place rather than on a file: the file beside it holds nothing but the holder's name.
class FileLock {
 public:
  // `place` is what the error text speaks of. Throws DataError when it is taken or cannot be made.
  FileLock(const std::filesystem::path& file, const std::filesystem::path& place);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace adagrain
