// Little-endian numbers and LEB128 varints, the same on every machine; the reading side never leaves its
// span.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "framework/core/error.h"

namespace adagrain {

using Bytes = std::vector<std::uint8_t>;

// Compilers do not always see that bytes one by one are a word.
template <typename T>
requires std::is_unsigned_v<T> T load_little_endian(const std::uint8_t* bytes) {
  T value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(T{bytes[i]} << (8 * i));
  return value;
}

template <typename T>
requires std::is_unsigned_v<T>
void store_little_endian(std::uint8_t* out, T value) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out, &value, sizeof value);
    return;
  }
  for (std::size_t i = 0; i < sizeof(T); ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <typename T>
requires std::is_unsigned_v<T>
void append_little_endian(Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// Seven bits a byte, lowest first, high bit set on all but the last: 1 byte below 128, at most 10.
inline void append_varint(Bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

// Reads forward through untrusted bytes. Every read past the end is a DataError that opens with `where`.
class ByteReader {
 public:
  ByteReader(std::span<const std::uint8_t> bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  std::size_t position() const { return at_; }
  std::size_t remaining() const { return bytes_.size() - at_; }
  std::span<const std::uint8_t> rest() const { return bytes_.subspan(at_); }

  std::span<const std::uint8_t> take(std::uint64_t count) {
    require<DataError>(count <= remaining(), "{}: {} bytes wanted at byte {}; {} left", where_, count, at_,
                       remaining());
    const auto taken = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += taken.size();
    return taken;
  }

  template <typename T>
  T number() {
    return load_little_endian<T>(take(sizeof(T)).data());
  }

  // The shortest spelling only, so that a value has one encoding.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>();
      const std::uint64_t bits = byte & 0x7F;
      require<DataError>(shift < 63 || bits <= 1, "{}: varint beyond 64 bits at byte {}", where_, at_);
      value |= bits << shift;
      if ((byte & 0x80) == 0) {
        require<DataError>(byte != 0 || shift == 0, "{}: padded varint at byte {}", where_, at_);
        return value;
      }
    }
    throw DataError(fmt::format("{}: varint of more than 10 bytes at byte {}", where_, at_));
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::string_view where_;
  std::size_t at_ = 0;
};

}  // namespace adagrain
