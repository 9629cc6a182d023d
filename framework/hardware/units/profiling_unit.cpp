#include "framework/hardware/units/profiling_unit.h"

#include <algorithm>
#include <utility>

namespace adagrain {
namespace {

constexpr std::uint32_t kMostCounted = (1u << 24) - 1;

void count_up(std::uint32_t& number) {
  number += number < kMostCounted;
}

}  // namespace

void ProfilingUnit::count(std::span<const std::int8_t> values) {
  for (const std::int8_t value : values) {
    for (; !port_.offers(cycle_); ++cycle_) ++starved_;
    port_.take(cycle_++);
    count_up(profile_.histogram[static_cast<std::uint8_t>(value)]);
    count_up(profile_.total);
    if (value == 0) count_up(profile_.zeros);
    profile_.lowest = std::min(profile_.lowest, value);
    profile_.highest = std::max(profile_.highest, value);
  }
}

UnitProfile ProfilingUnit::read_out() {
  cycle_ += kReadOutCycles;
  return std::exchange(profile_, {});
}

}  // namespace adagrain
