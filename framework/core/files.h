// Whole-file reading and atomic writing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adagrain {

// Throws DataError (missing, not a regular file, unreadable, larger than `limit_bytes`).
std::vector<std::uint8_t> read_file(const std::filesystem::path& file,
                                    std::uint64_t limit_bytes = std::uint64_t{1} << 34);

// A file written piece by piece under a temporary name beside it; `commit` syncs and renames, so that a kill
// leaves the old file or the new one, never half a one. All throw DataError with the system's reason (no such
// folder, permission, disk full). Without a commit nothing is left behind.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path file);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void append(std::span<const std::uint8_t> bytes);
  std::uint64_t size() const { return size_; }
  // Of what was appended.
  std::vector<std::uint8_t> read_back(std::uint64_t offset, std::uint64_t count) const;
  // Forgets what lies behind the first `size` bytes.
  void truncate(std::uint64_t size);
  void commit();

 private:
  std::filesystem::path file_;
  std::string temporary_;  // empty once it has become `file_`
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// An AtomicFile of these bytes.
void write_file_atomically(const std::filesystem::path& file, std::span<const std::uint8_t> bytes);
void write_file_atomically(const std::filesystem::path& file, std::string_view text);

// The folder that holds experiments/, datasets/ and policies/: $ADAGRAIN_HOME, else the source tree it was
// built from.
std::filesystem::path project_root();

// CRC-32 (IEEE 802.3, as zlib) of `bytes`, or of what gave `before` and them.
std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t before = 0);

}  // namespace adagrain
