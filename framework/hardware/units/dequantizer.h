// Symbols to the weights they mean: rtl/dequantizer_float.v and rtl/dequantizer_int8.v cycle by cycle. A
// value each cycle; neither ever waits for anything but its input.
#pragma once

#include <cstdint>
#include <span>

#include "framework/hardware/units/input_port.h"

namespace adagrain {

// weight = step * (offset + stride * symbol), the sum below 2^17 in magnitude.
struct LevelScale {
  float step = 0;           // a normal number or 0: the unit has no others (software has)
  std::int32_t offset = 0;  // lowest level - zero level of the unit of granularity
  bool binary = false;      // stride 2: symbols 0 and 1 are levels -1 and 1
};

constexpr std::uint64_t kFloatLatency = 3, kInt8Latency = 1;  // cycles from a symbol to its value

class Dequantizer {
 public:
  explicit Dequantizer(InputRate symbols) : port_(symbols) {}

  // One after the other; scales may change from symbol to symbol at no cost.
  void to_float(const LevelScale& scale, std::span<const std::uint16_t> symbols, std::span<float> values);
  // Without the step. Returns how many values int8 could not hold: they are clamped.
  std::uint64_t to_int8(const LevelScale& scale, std::span<const std::uint16_t> symbols,
                        std::span<std::int8_t> values);

  // Until the last value has left.
  UnitCycles cycles() const;

 private:
  void take(std::size_t symbols, std::uint64_t latency);

  std::uint64_t cycle_ = 0, latency_ = 0;  // cycle: the one after the last symbol's
  InputPort port_;
};

}  // namespace adagrain
