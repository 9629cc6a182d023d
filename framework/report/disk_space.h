// Room on disk that is certain before HDF5 writes: a write that fails inside HDF5 leaves a file that does not
// open again, and a library that crashes when it closes it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace adagrain {

class DiskSpace {
 public:
  // Throws DataError when the file cannot be opened for writing.
  explicit DiskSpace(const std::filesystem::path& file);
  ~DiskSpace();
  DiskSpace(DiskSpace&& other) noexcept;

  // Makes the file `bytes` long if it is shorter, blocks allocated. Throws DataError with the system's reason
  // (disk full, quota, size limit).
  void reserve(std::uint64_t bytes) const;

 private:
  std::filesystem::path file_;
  int descriptor_;
};

}  // namespace adagrain
