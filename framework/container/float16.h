// IEEE 754 binary16 by integer arithmetic: gcc 12 has no _Float16 in C++, and the bits must not depend on the
// CPU.
#pragma once

#include <bit>
#include <cstdint>

namespace adagrain {

// Exact. Infinities stay, a NaN keeps its sign and the upper payload bits.
inline float float16_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  const float subnormal = static_cast<float>(fraction) * 0x1p-24F;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(subnormal));
}

// Round to nearest, ties to even; beyond 65504 + half a step becomes infinity; NaN stays NaN.
inline std::uint16_t float_to_float16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) {
    return static_cast<std::uint16_t>(sign | 0x7E00U | ((magnitude >> 13) & 0x3FFU));
  }
  if (magnitude >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);  // >= 65520
  // `kept` keeps `dropped` fewer bits of `mantissa`; a carry out of the fraction is the right next exponent.
  const bool subnormal = magnitude < 0x38800000U;  // < 2^-14
  std::uint32_t mantissa = magnitude;
  std::uint32_t dropped = 13;
  if (subnormal) {
    const std::uint32_t exponent = magnitude >> 23;
    if (exponent < 102) return sign;  // < 2^-25 rounds to zero
    mantissa = (magnitude & 0x7FFFFFU) | 0x800000U;
    dropped = 126 - exponent;
  }
  std::uint32_t kept = mantissa >> dropped;
  const std::uint32_t rest = mantissa & ((1U << dropped) - 1);
  const std::uint32_t half = 1U << (dropped - 1);
  if (rest > half || (rest == half && (kept & 1U) != 0)) ++kept;
  if (!subnormal) kept -= 112U << 10;
  return static_cast<std::uint16_t>(sign | kept);
}

// bfloat16 is the upper half of a float32.
inline float bfloat16_to_float(std::uint16_t half) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16);
}

}  // namespace adagrain
