// Bits, least significant first, filling bytes from their low end.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "framework/core/bytes.h"
#include "framework/core/error.h"

namespace adagrain {

class BitWriter {
 public:
  // The low `count` bits of `value`, count <= 32.
  void write(std::uint32_t value, int count) {
    pending_ |= (value & ((std::uint64_t{1} << count) - 1)) << filled_;
    for (filled_ += count; filled_ >= 8; filled_ -= 8, pending_ >>= 8) {
      bytes_.push_back(static_cast<std::uint8_t>(pending_));
    }
  }

  // Exponential Golomb code of order k (Teuhola, 1978): small values in few bits, any value in about 2 log2.
  void write_golomb(std::uint32_t value, int order) {
    const std::uint64_t shifted = static_cast<std::uint64_t>(value) + (std::uint64_t{1} << order);
    const int width = std::bit_width(shifted);
    write(0, width - 1 - order);
    write(1, 1);
    write(static_cast<std::uint32_t>(shifted), width - 1);
  }

  std::size_t size_bits() const { return 8 * bytes_.size() + static_cast<std::size_t>(filled_); }

  std::vector<std::uint8_t> take() {
    if (filled_ > 0) bytes_.push_back(static_cast<std::uint8_t>(pending_));
    return std::move(bytes_);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t pending_ = 0;  // bits above `filled_` are 0
  int filled_ = 0;             // < 8 between calls
};

class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  // count <= 32
  std::uint32_t read(int count) {
    if (available_ < count) take_bytes(count);
    const auto value = static_cast<std::uint32_t>(pending_ & ((std::uint64_t{1} << count) - 1));
    pending_ >>= count;
    available_ -= count;
    return value;
  }

  std::uint32_t read_golomb(int order) {
    int zeros = 0;
    while (read(1) == 0) {
      ++zeros;
      require<DataError>(zeros + order < 32, "bit stream holds a number beyond 32 bits");
    }
    const std::uint64_t shifted = std::uint64_t{1} << (zeros + order) | read(zeros + order);
    return static_cast<std::uint32_t>(shifted - (std::uint64_t{1} << order));
  }

  // Whole bytes begun so far; the unused rest of the last one must be zero, so that a stream has one
  // spelling.
  std::size_t finish() const {
    const std::uint64_t begun = (std::uint64_t{1} << available_ % 8) - 1;
    require<DataError>((pending_ & begun) == 0, "bit stream ends in padding that is not zero");
    return at_ - static_cast<std::size_t>(available_) / 8;
  }

 private:
  // As many as there is room for.
  void take_bytes(int count) {
    if (bytes_.size() - at_ >= sizeof(pending_)) {
      const int room = (63 - available_) / 8;
      pending_ |= load_little_endian<std::uint64_t>(&bytes_[at_]) << available_;
      at_ += static_cast<std::size_t>(room);
      available_ += 8 * room;
      return;
    }
    for (; available_ <= 56 && at_ < bytes_.size(); available_ += 8)
      pending_ |= std::uint64_t{bytes_[at_++]} << available_;
    require<DataError>(available_ >= count, "bit stream ends after {} bytes", bytes_.size());
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;  // bytes taken
  // Bits taken and not yet read, `available_` of them; above those what follows, or 0.
  std::uint64_t pending_ = 0;
  int available_ = 0;
};

}  // namespace adagrain
