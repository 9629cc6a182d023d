// Numbers cut into planes of their bytes, and back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace adagrain {

constexpr std::size_t kWidestNumber = 8;  // bytes

// Plane p holds bits 8p..8p + 7 of each little-endian number of `width` bytes (1, 2, 4 or 8). With
// `sign_last` numbers are first rotated left by one bit, so that the sign comes below the mantissa.
void split_planes(std::span<const std::uint8_t> numbers, std::size_t width, bool sign_last,
                  const std::array<std::uint8_t*, kWidestNumber>& planes);
void join_planes(const std::array<const std::uint8_t*, kWidestNumber>& planes, std::size_t width,
                 bool sign_last, std::span<std::uint8_t> numbers);

}  // namespace adagrain
