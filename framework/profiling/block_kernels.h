// The inner loops of ValueAccumulator over one cached block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace adagrain::kernels {

constexpr std::size_t kBlock = 4096;  // values: 16 KB of floats and 8 KB of bins share the first-level cache
constexpr int kMagnitudeBits = 12;
constexpr std::size_t kMagnitudes = std::size_t{1} << kMagnitudeBits;
constexpr std::size_t kBins = 2 * kMagnitudes;  // [sign][magnitude]

struct Extent {
  float minimum, maximum;
  float magnitude;  // infinite or not a number when any value is
  std::int64_t zeros;
};

// Of any number of values; infinite or not a number when any of them is.
float largest_magnitude(const float* values, std::size_t count);

// `count` in 1..kBlock, in all that follow.
Extent extent(const float* values, std::size_t count);

struct Sums {
  double mean, second, third, fourth;  // central sums of values * unit
};

// `unit` is a power of two that brings every magnitude below 1. bins[i] = [sign][floor(4096 |x unit|)].
Sums sums_and_bins(const float* values, std::size_t count, float unit, std::uint16_t* bins);

// Four tables in turn: runs of equal values (zeros behind a rectifier) would wait for each other's increment.
// Counting is the slowest of the three and asks nothing of the memory, so it fetches the block that comes
// next.
constexpr std::size_t kTables = 4;
void count_bins(const std::uint16_t* bins, std::size_t count, std::uint32_t* tables, const float* next);

}  // namespace adagrain::kernels
