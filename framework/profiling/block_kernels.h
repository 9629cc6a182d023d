// The inner loops of ValueAccumulator over one cached block.
#pragma once

#include <cstddef>
#include <cstdint>

namespace adagrain::kernels {

constexpr std::size_t kBlock = 4096;  // values: 16 KB of floats stay in the first-level cache
constexpr int kMagnitudeBits = 12;
constexpr std::size_t kMagnitudes = std::size_t{1} << kMagnitudeBits;
constexpr std::size_t kBins = 2 * kMagnitudes;  // bin b, |b| < kMagnitudes, is at kMagnitudes + b

// The largest magnitude of each run of `run` values, the last of which may be shorter; a value that is not a
// number counts as larger than any other. `count` is any number.
void run_magnitudes(const float* values, std::size_t count, std::size_t run, float* magnitudes);

// magnitudes[i] = max(magnitudes[i], |values[i]|), in the same order. `count` is any number.
void raise_magnitudes(const float* values, std::size_t count, float* magnitudes);

struct Extent {
  float minimum, maximum;
  double sum;  // infinite or not a number exactly when a value is
  std::int64_t zeros;
};

// `count` in 1..kBlock, in all that follow. Values below 2^-118 lose digits in the sum.
Extent extent(const float* values, std::size_t count);

// Counters of a histogram, in several tables in turn: runs of equal values (zeros behind a rectifier) would
// wait for each other's increment. Half the width of an integer, so that what a layer's values touch stays in
// the first-level cache; so they have to be emptied in time.
constexpr std::size_t kTables = 4;
// A table starts 32 bytes further into its page than the one before: loads at the same place of a page as a
// store in flight wait for it.
constexpr std::size_t kTableStride = kBins + 16;
constexpr std::size_t kCounters = kTables * kTableStride;
// Blocks until a counter may overflow.
constexpr std::size_t kBlocksUntilFull = 65535 / (kBlock / kTables);

struct CentralSums {
  double second, third, fourth;  // of (values * unit - centre)^2, ^3, ^4
};

// `unit` is a power of two that brings every magnitude below kMagnitudes; value x is counted in bin
// trunc(x unit). Fetches the block that follows meanwhile: counting is the slowest of all and asks nothing of
// the memory.
CentralSums sum_and_count(const float* values, std::size_t count, float unit, float centre,
                          std::uint16_t* counters);

// bins[i] = bin i of all tables, which are zero then.
void empty_counters(std::uint16_t* counters, std::uint32_t* bins);

}  // namespace adagrain::kernels
