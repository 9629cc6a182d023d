// Bytes that are read by place: held in memory, or in a file that need not fit there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace adagrain {

class ByteSource {
 public:
  // Throws DataError (missing, not a regular file, unreadable).
  static ByteSource open(const std::filesystem::path& file);
  static ByteSource hold(std::vector<std::uint8_t> bytes, std::string name);

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

  // Fills `bytes` from place `offset` on; several threads may read at once. Throws DataError beyond the end,
  // also where the file has shrunk since it was opened.
  void read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
  // The bound is checked before anything is allocated.
  std::vector<std::uint8_t> read(std::uint64_t offset, std::uint64_t count) const;

 private:
  void check(std::uint64_t offset, std::uint64_t count) const;

  std::string name_;
  std::uint64_t size_ = 0;
  std::shared_ptr<const int> file_;                         // a descriptor; none when held in memory
  std::shared_ptr<const std::vector<std::uint8_t>> bytes_;  // copies of a source share them
};

}  // namespace adagrain
