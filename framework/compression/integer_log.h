// Logarithms by integer arithmetic: prices decide bytes, so they must be the same on every machine.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace adagrain {

constexpr int kLogFraction = 16;  // fractional bits of a price: bits * 2^16

// floor(log2(value) * 2^16), value >= 1, by repeated squaring.
constexpr std::uint32_t squared_log2(std::uint32_t value) {
  const int whole = 31 - std::countl_zero(value);
  std::uint64_t mantissa =
      (static_cast<std::uint64_t>(value) << 31) >> whole;  // [1, 2) with 31 fractional bits
  std::uint32_t result = static_cast<std::uint32_t>(whole) << kLogFraction;
  for (int bit = kLogFraction - 1; bit >= 0; --bit) {
    mantissa = (mantissa * mantissa) >> 31;
    if (mantissa >= std::uint64_t{1} << 32) {
      mantissa >>= 1;
      result |= std::uint32_t{1} << bit;
    }
  }
  return result;
}

// Of what is asked most: the frequencies of a table.
inline constexpr auto kSmallLogs = [] {
  std::array<std::uint32_t, 4097> logs{};
  for (std::uint32_t value = 1; value < logs.size(); ++value) logs[value] = squared_log2(value);
  return logs;
}();

// floor(log2(value) * 2^16), value >= 1.
constexpr std::uint32_t fixed_log2(std::uint32_t value) {
  return value < kSmallLogs.size() ? kSmallLogs[value] : squared_log2(value);
}

}  // namespace adagrain
