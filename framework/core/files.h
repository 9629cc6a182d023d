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

// A file written piece by piece; `commit` syncs it and puts it in place, so that a kill leaves the old file
// or the new one, never half a one. Until then it has no name, or a temporary one beside it where the file
// system has no files without names: only there a kill can leave something behind. All throw DataError with
// the system's reason (no such folder, permission, disk full).
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
  // A temporary name for a file without one.
  bool give_name();

  std::filesystem::path file_;
  std::string temporary_;  // empty while it has no name, and once it has become `file_`
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// Throws DataError when something else than a regular file is there.
void refuse_irregular(const std::filesystem::path& output);

// Throws ConfigError when the output is there already and nobody said to overwrite it.
void refuse_existing(const std::filesystem::path& output, bool overwrite);

// Throws ConfigError when both are names of one file, there or not: one would be lost.
void refuse_same_file(const std::filesystem::path& input, const std::filesystem::path& output);

// An AtomicFile of these bytes.
void write_file_atomically(const std::filesystem::path& file, std::span<const std::uint8_t> bytes);
void write_file_atomically(const std::filesystem::path& file, std::string_view text);

}  // namespace adagrain
