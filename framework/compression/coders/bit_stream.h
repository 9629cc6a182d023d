// Bits, most significant first within a number, filling bytes from their low end.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "framework/core/error.h"

namespace adagrain {

class BitWriter {
 public:
  // The low `count` bits of `value`, count <= 32.
  void write(std::uint32_t value, int count) {
    for (int bit = count - 1; bit >= 0; --bit) {
      if (filled_ == 0) bytes_.push_back(0);
      bytes_.back() |= static_cast<std::uint8_t>(((value >> bit) & 1u) << filled_);
      filled_ = (filled_ + 1) % 8;
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

  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
  int filled_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint32_t read(int count) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i, ++position_) {
      require<DataError>(position_ / 8 < bytes_.size(), "bit stream ends after {} bytes", bytes_.size());
      value = value << 1 | (bytes_[position_ / 8] >> (position_ % 8) & 1u);
    }
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
  std::size_t finish() {
    while (position_ % 8 != 0)
      require<DataError>(read(1) == 0, "bit stream ends in padding that is not zero");
    return position_ / 8;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

}  // namespace adagrain
