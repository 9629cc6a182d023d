#include "framework/profiling/block_kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "framework/core/simd_clones.h"

// One body, compiled for several instruction sets, of which the machine's is taken at run time. Sums have
// sixteen lanes on every one, in as many registers as that takes, and contraction is off, so the results are
// the same bits everywhere.
#if defined(__x86_64__) && defined(__GNUC__)
#define ADAGRAIN_X86 1
#define ADAGRAIN_AVX2 __attribute__((target("avx2")))
#define ADAGRAIN_AVX512 __attribute__((target("avx512f")))
#endif
#define ADAGRAIN_INLINE __attribute__((always_inline)) inline

namespace adagrain::kernels {

namespace {

constexpr std::size_t kLanes = 16;

template <std::size_t lanes>
struct Vector;
template <>
struct Vector<4> {
  using Floats = float __attribute__((vector_size(16)));
  using Integers = std::int32_t __attribute__((vector_size(16)));
};
template <>
struct Vector<8> {
  using Floats = float __attribute__((vector_size(32)));
  using Integers = std::int32_t __attribute__((vector_size(32)));
};
template <>
struct Vector<16> {
  using Floats = float __attribute__((vector_size(64)));
  using Integers = std::int32_t __attribute__((vector_size(64)));
};

// Sixteen lanes in registers of `width`.
template <typename Register, std::size_t width>
struct Lanes {
  Register registers[kLanes / width];

  ADAGRAIN_INLINE double total() const {
    double sum = 0;
    for (const Register& each : registers) {
      for (std::size_t lane = 0; lane < width; ++lane) sum += each[lane];
    }
    return sum;
  }
};

template <std::size_t width>
ADAGRAIN_INLINE Extent extent_in(const float* values, std::size_t count) {
  using Floats = typename Vector<width>::Floats;
  using Integers = typename Vector<width>::Integers;
  constexpr std::size_t registers = kLanes / width;
  constexpr float headroom = 0x1p-8f;  // a lane's sum does not overflow
  static_assert(kBlock / kLanes <= 1 / headroom);
  Lanes<Floats, width> low, high, sum{};
  Lanes<Integers, width> zeros{};
  for (std::size_t r = 0; r < registers; ++r) low.registers[r] = high.registers[r] = Floats{} + values[0];
  const std::size_t whole = count / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t r = 0; r < registers; ++r) {
      Floats x;
      std::memcpy(&x, values + i + r * width, sizeof x);
      low.registers[r] = x < low.registers[r] ? x : low.registers[r];
      high.registers[r] = x > high.registers[r] ? x : high.registers[r];
      zeros.registers[r] -= x == 0;  // true is -1
      sum.registers[r] += x * headroom;
    }
  }
  Extent result{values[0], values[0], sum.total(), 0};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    result.minimum = std::min(result.minimum, low.registers[lane / width][lane % width]);
    result.maximum = std::max(result.maximum, high.registers[lane / width][lane % width]);
    result.zeros += zeros.registers[lane / width][lane % width];
  }
  double rest = 0;
  for (std::size_t i = whole; i < count; ++i) {
    result.minimum = std::min(result.minimum, values[i]);
    result.maximum = std::max(result.maximum, values[i]);
    result.zeros += values[i] == 0;
    rest += values[i] * headroom;
  }
  result.sum = (result.sum + rest) / headroom;
  return result;
}

// Magnitudes are ordered as these are, and a maximum of integers is one the compiler may reorder.
ADAGRAIN_INLINE std::int32_t magnitude_bits(float value) {
  return std::bit_cast<std::int32_t>(value) & 0x7fffffff;
}

// A compiler that sees sixteen increments at once makes vectors of their addresses, at half the speed.
ADAGRAIN_INLINE void count_one(std::uint16_t* table, std::ptrdiff_t bin) {
  ++(table + kMagnitudes)[bin];
  asm volatile("" ::: "memory");
}

template <std::size_t width>
ADAGRAIN_INLINE CentralSums sum_and_count_in(const float* values, std::size_t count, float unit, float centre,
                                             std::uint16_t* counters) {
  using Floats = typename Vector<width>::Floats;
  using Integers = typename Vector<width>::Integers;
  // Counting follows this far behind: an increment whose place is not known yet holds up all loads after it.
  constexpr std::size_t lag = 128;
  alignas(64) std::int32_t bins[2 * lag];
  const auto count_lanes = [&](std::size_t first) __attribute__((always_inline)) {
    const std::int32_t* place = bins + first % (2 * lag);
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      count_one(counters + lane % kTables * kTableStride, place[lane]);
  };
  Lanes<Floats, width> second{}, third{}, fourth{};
  const std::size_t whole = count / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    __builtin_prefetch(values + count + i);
    for (std::size_t r = 0; r < kLanes / width; ++r) {
      Floats x;
      std::memcpy(&x, values + i + r * width, sizeof x);
      x *= unit;
      const Integers bin = __builtin_convertvector(x, Integers);
      std::memcpy(bins + i % (2 * lag) + r * width, &bin, sizeof bin);
      const Floats d = x - centre;
      const Floats square = d * d;
      second.registers[r] += square;
      third.registers[r] += square * d;
      fourth.registers[r] += square * square;
    }
    if (i >= lag) count_lanes(i - lag);
  }
  for (std::size_t i = whole - std::min(whole, lag); i < whole; i += kLanes) count_lanes(i);
  CentralSums sums{second.total(), third.total(), fourth.total()};
  for (std::size_t i = whole; i < count; ++i) {
    const float x = values[i] * unit;
    count_one(counters, static_cast<std::int32_t>(x));
    const double d = x - centre;
    sums.second += d * d;
    sums.third += d * d * d;
    sums.fourth += d * d * d * d;
  }
  return sums;
}

#ifdef ADAGRAIN_X86

ADAGRAIN_AVX512 Extent extent_avx512(const float* values, std::size_t count) {
  return extent_in<16>(values, count);
}
ADAGRAIN_AVX2 Extent extent_avx2(const float* values, std::size_t count) {
  return extent_in<8>(values, count);
}
ADAGRAIN_AVX512 CentralSums sum_and_count_avx512(const float* values, std::size_t count, float unit,
                                                 float centre, std::uint16_t* counters) {
  return sum_and_count_in<16>(values, count, unit, centre, counters);
}
ADAGRAIN_AVX2 CentralSums sum_and_count_avx2(const float* values, std::size_t count, float unit, float centre,
                                             std::uint16_t* counters) {
  return sum_and_count_in<8>(values, count, unit, centre, counters);
}

template <typename Function>
Function* for_this_machine(Function* avx512, Function* avx2, Function* plain) {
  if (__builtin_cpu_supports("avx512f")) return avx512;
  return __builtin_cpu_supports("avx2") ? avx2 : plain;
}

#endif

Extent extent_plain(const float* values, std::size_t count) {
  return extent_in<4>(values, count);
}
CentralSums sum_and_count_plain(const float* values, std::size_t count, float unit, float centre,
                                std::uint16_t* counters) {
  return sum_and_count_in<4>(values, count, unit, centre, counters);
}

}  // namespace

ADAGRAIN_CLONES void run_magnitudes(const float* values, std::size_t count, std::size_t run,
                                    float* magnitudes) {
  for (std::size_t first = 0; first < count; first += run) {
    std::int32_t largest = 0;
    for (std::size_t i = first; i < std::min(count, first + run); ++i) {
      largest = std::max(largest, magnitude_bits(values[i]));
    }
    magnitudes[first / run] = std::bit_cast<float>(largest);
  }
}

ADAGRAIN_CLONES void raise_magnitudes(const float* values, std::size_t count, float* magnitudes) {
  for (std::size_t i = 0; i < count; ++i) {
    magnitudes[i] = std::bit_cast<float>(std::max(magnitude_bits(magnitudes[i]), magnitude_bits(values[i])));
  }
}

Extent extent(const float* values, std::size_t count) {
#ifdef ADAGRAIN_X86
  static const auto chosen = for_this_machine(extent_avx512, extent_avx2, extent_plain);
  return chosen(values, count);
#else
  return extent_plain(values, count);
#endif
}

CentralSums sum_and_count(const float* values, std::size_t count, float unit, float centre,
                          std::uint16_t* counters) {
#ifdef ADAGRAIN_X86
  static const auto chosen = for_this_machine(sum_and_count_avx512, sum_and_count_avx2, sum_and_count_plain);
  return chosen(values, count, unit, centre, counters);
#else
  return sum_and_count_plain(values, count, unit, centre, counters);
#endif
}

ADAGRAIN_CLONES void empty_counters(std::uint16_t* counters, std::uint32_t* bins) {
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    std::uint32_t count = 0;
    for (std::size_t table = 0; table < kTables; ++table) count += counters[table * kTableStride + bin];
    bins[bin] = count;
  }
  std::fill_n(counters, kCounters, std::uint16_t{0});
}

}  // namespace adagrain::kernels
