// Whole units that hold a count: folds of an array, bursts of a transfer.
#pragma once

#include <cstdint>

namespace adagrain {

// ceil(value / divisor), divisor > 0.
constexpr std::uint64_t divide_up(std::uint64_t value, std::uint64_t divisor) {
  return value / divisor + (value % divisor != 0);
}

}  // namespace adagrain
