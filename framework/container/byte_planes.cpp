#include "framework/container/byte_planes.h"

#include <bit>
#include <cstring>

#include "framework/core/error.h"
#include "framework/core/simd_clones.h"

static_assert(std::endian::native == std::endian::little, "planes are cut from numbers in memory");

namespace adagrain {
namespace {

// The sign behind the mantissa, and back.
template <typename Bits>
Bits sign_behind(Bits bits) {
  return static_cast<Bits>(bits << 1 | bits >> (8 * sizeof(Bits) - 1));
}
template <typename Bits>
Bits sign_in_front(Bits bits) {
  return static_cast<Bits>(bits >> 1 | bits << (8 * sizeof(Bits) - 1));
}

// Planes are named one by one: only so do compilers make vectors of the loops.
ADAGRAIN_CLONES void split_16(const std::uint8_t* numbers, std::size_t count, bool sign_last,
                              std::uint8_t* __restrict plane0, std::uint8_t* __restrict plane1) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, numbers + 2 * i, 2);
    if (sign_last) bits = sign_behind(bits);
    plane0[i] = static_cast<std::uint8_t>(bits);
    plane1[i] = static_cast<std::uint8_t>(bits >> 8);
  }
}

ADAGRAIN_CLONES void join_16(const std::uint8_t* __restrict plane0, const std::uint8_t* __restrict plane1,
                             std::size_t count, bool sign_last, std::uint8_t* __restrict numbers) {
  for (std::size_t i = 0; i < count; ++i) {
    auto bits = static_cast<std::uint16_t>(plane0[i] | plane1[i] << 8);
    if (sign_last) bits = sign_in_front(bits);
    std::memcpy(numbers + 2 * i, &bits, 2);
  }
}

ADAGRAIN_CLONES void split_32(const std::uint8_t* numbers, std::size_t count, bool sign_last,
                              std::uint8_t* __restrict plane0, std::uint8_t* __restrict plane1,
                              std::uint8_t* __restrict plane2, std::uint8_t* __restrict plane3) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, numbers + 4 * i, 4);
    if (sign_last) bits = sign_behind(bits);
    plane0[i] = static_cast<std::uint8_t>(bits);
    plane1[i] = static_cast<std::uint8_t>(bits >> 8);
    plane2[i] = static_cast<std::uint8_t>(bits >> 16);
    plane3[i] = static_cast<std::uint8_t>(bits >> 24);
  }
}

ADAGRAIN_CLONES void join_32(const std::uint8_t* __restrict plane0, const std::uint8_t* __restrict plane1,
                             const std::uint8_t* __restrict plane2, const std::uint8_t* __restrict plane3,
                             std::size_t count, bool sign_last, std::uint8_t* __restrict numbers) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits = static_cast<std::uint32_t>(plane0[i] | plane1[i] << 8 | plane2[i] << 16) |
                         static_cast<std::uint32_t>(plane3[i]) << 24;
    if (sign_last) bits = sign_in_front(bits);
    std::memcpy(numbers + 4 * i, &bits, 4);
  }
}

void split_64(const std::uint8_t* numbers, std::size_t count, bool sign_last,
              const std::array<std::uint8_t*, kWidestNumber>& planes) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits;
    std::memcpy(&bits, numbers + 8 * i, 8);
    if (sign_last) bits = sign_behind(bits);
    for (std::size_t plane = 0; plane < 8; ++plane) {
      planes[plane][i] = static_cast<std::uint8_t>(bits >> (8 * plane));
    }
  }
}

void join_64(const std::array<const std::uint8_t*, kWidestNumber>& planes, std::size_t count, bool sign_last,
             std::uint8_t* numbers) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t bits = 0;
    for (std::size_t plane = 0; plane < 8; ++plane) bits |= std::uint64_t{planes[plane][i]} << (8 * plane);
    if (sign_last) bits = sign_in_front(bits);
    std::memcpy(numbers + 8 * i, &bits, 8);
  }
}

}  // namespace

void split_planes(std::span<const std::uint8_t> numbers, std::size_t width, bool sign_last,
                  const std::array<std::uint8_t*, kWidestNumber>& planes) {
  const std::size_t count = numbers.size() / width;
  switch (width) {
    case 1:
      for (std::size_t i = 0; i < count; ++i) {
        planes[0][i] = sign_last ? sign_behind(numbers[i]) : numbers[i];
      }
      return;
    case 2:
      return split_16(numbers.data(), count, sign_last, planes[0], planes[1]);
    case 4:
      return split_32(numbers.data(), count, sign_last, planes[0], planes[1], planes[2], planes[3]);
    default:
      ensure(width == 8, "numbers of {} bytes", width);
      return split_64(numbers.data(), count, sign_last, planes);
  }
}

void join_planes(const std::array<const std::uint8_t*, kWidestNumber>& planes, std::size_t width,
                 bool sign_last, std::span<std::uint8_t> numbers) {
  const std::size_t count = numbers.size() / width;
  switch (width) {
    case 1:
      for (std::size_t i = 0; i < count; ++i) {
        numbers[i] = sign_last ? sign_in_front(planes[0][i]) : planes[0][i];
      }
      return;
    case 2:
      return join_16(planes[0], planes[1], count, sign_last, numbers.data());
    case 4:
      return join_32(planes[0], planes[1], planes[2], planes[3], count, sign_last, numbers.data());
    default:
      ensure(width == 8, "numbers of {} bytes", width);
      return join_64(planes, count, sign_last, numbers.data());
  }
}

}  // namespace adagrain
