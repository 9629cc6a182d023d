// Histogram, zeros and range of 8-bit values: rtl/profiling_unit.v cycle by cycle. A value each cycle; it
// never waits for anything but its input. The histogram is read bin by bin, which also clears it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "framework/hardware/units/input_port.h"

namespace adagrain {

struct UnitProfile {
  std::array<std::uint32_t, 256> histogram{};  // [value as an unsigned byte]; counts stay at 2^24 - 1
  std::uint32_t zeros = 0, total = 0;
  std::int8_t lowest = 127, highest = -128;  // of no value at all
};

// From the last value to the last bin: a cycle until it is counted, a bin a cycle, one for the memory's
// answer.
constexpr std::uint64_t kReadOutCycles = 1 + 256 + 1;

class ProfilingUnit {
 public:
  explicit ProfilingUnit(InputRate values) : port_(values) {}

  void count(std::span<const std::int8_t> values);
  // All of it; the unit then begins anew.
  UnitProfile read_out();

  UnitCycles cycles() const { return {cycle_, starved_, port_.words(), port_.cycles()}; }

 private:
  UnitProfile profile_;
  std::uint64_t cycle_ = 0, starved_ = 0;
  InputPort port_;
};

}  // namespace adagrain
