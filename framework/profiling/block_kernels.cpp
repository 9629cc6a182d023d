#include "framework/profiling/block_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

// One body, compiled for several instruction sets; the loader picks the machine's. The sixteen lanes are
// written out and contraction is off, so the results are the same bits everywhere.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define ADAGRAIN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ADAGRAIN_CLONES
#endif

namespace adagrain::kernels {

namespace {

constexpr std::size_t kLanes = 16;
using Floats = float __attribute__((vector_size(4 * kLanes)));
using Integers = std::int32_t __attribute__((vector_size(4 * kLanes)));
using Shorts = std::uint16_t __attribute__((vector_size(2 * kLanes)));

constexpr std::int32_t kMagnitudeMask = 0x7fffffff;

template <typename Vector>
double total(const Vector& lanes) {
  double sum = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

}  // namespace

ADAGRAIN_CLONES float largest_magnitude(const float* values, std::size_t count) {
  // Magnitudes are ordered as their bits are, and a maximum of integers is one the compiler may reorder.
  std::int32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::int32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    bits &= kMagnitudeMask;
    largest = bits > largest ? bits : largest;
  }
  return std::bit_cast<float>(largest);
}

ADAGRAIN_CLONES Extent extent(const float* values, std::size_t count) {
  const std::size_t whole = count / kLanes * kLanes;
  Floats low = Floats{} + values[0], high = low;
  Integers magnitude{}, zeros{};
  for (std::size_t i = 0; i < whole; i += kLanes) {
    Floats x;
    std::memcpy(&x, values + i, sizeof x);
    const Integers bits = reinterpret_cast<Integers>(x) & kMagnitudeMask;
    low = x < low ? x : low;
    high = x > high ? x : high;
    magnitude = bits > magnitude ? bits : magnitude;
    zeros -= bits == 0;  // true is -1
  }
  Extent result{values[0], values[0], 0, static_cast<std::int64_t>(total(zeros))};
  std::int32_t largest = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    result.minimum = std::min(result.minimum, low[lane]);
    result.maximum = std::max(result.maximum, high[lane]);
    largest = std::max(largest, magnitude[lane]);
  }
  for (std::size_t i = whole; i < count; ++i) {
    result.minimum = std::min(result.minimum, values[i]);
    result.maximum = std::max(result.maximum, values[i]);
    largest = std::max(largest, std::bit_cast<std::int32_t>(values[i]) & kMagnitudeMask);
    result.zeros += values[i] == 0;
  }
  result.magnitude = std::bit_cast<float>(largest);
  return result;
}

ADAGRAIN_CLONES Sums sums_and_bins(const float* values, std::size_t count, float unit, std::uint16_t* bins) {
  const std::size_t whole = count / kLanes * kLanes;
  const auto bin_unit = static_cast<float>(kMagnitudes);
  Floats first{};
  double tail = 0;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    Floats x;
    std::memcpy(&x, values + i, sizeof x);
    x *= unit;
    first += x;
    const Integers raw = reinterpret_cast<Integers>(x);
    const Integers sign = (raw >> 31) & static_cast<std::int32_t>(kMagnitudes);
    const Floats magnitude = reinterpret_cast<Floats>(raw & kMagnitudeMask);
    const Integers bin = __builtin_convertvector(magnitude * bin_unit, Integers) | sign;
    const Shorts narrow = __builtin_convertvector(bin, Shorts);
    std::memcpy(bins + i, &narrow, sizeof narrow);
  }
  for (std::size_t i = whole; i < count; ++i) {
    const float x = values[i] * unit;
    tail += x;
    const std::size_t sign = std::signbit(x) ? kMagnitudes : 0;
    bins[i] = static_cast<std::uint16_t>(static_cast<std::size_t>(std::fabs(x) * bin_unit) | sign);
  }
  Sums sums{};
  sums.mean = (total(first) + tail) / static_cast<double>(count);

  const auto centre = static_cast<float>(sums.mean);
  Floats second{}, third{}, fourth{};
  for (std::size_t i = 0; i < whole; i += kLanes) {
    Floats x;
    std::memcpy(&x, values + i, sizeof x);
    const Floats d = x * unit - centre;
    const Floats square = d * d;
    second += square;
    third += square * d;
    fourth += square * square;
  }
  sums.second = total(second);
  sums.third = total(third);
  sums.fourth = total(fourth);
  for (std::size_t i = whole; i < count; ++i) {
    const double d = values[i] * unit - centre;
    sums.second += d * d;
    sums.third += d * d * d;
    sums.fourth += d * d * d * d;
  }
  return sums;
}

void count_bins(const std::uint16_t* bins, std::size_t count, std::uint32_t* tables, const float* next) {
  constexpr std::size_t kLine = 16;  // floats of a cache line
  std::size_t i = 0;
  for (; i + kLine <= count; i += kLine) {
    __builtin_prefetch(next + i);
    for (std::size_t j = i; j < i + kLine; ++j) ++tables[j % kTables * kBins + bins[j]];
  }
  for (; i < count; ++i) ++tables[bins[i]];
}

}  // namespace adagrain::kernels
