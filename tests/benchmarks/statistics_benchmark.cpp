// Statistics beside the speed at which the same memory can be read and copied, in the same run. Bytes per
// second are bytes of data looked at. 128 MB do not fit a cache, 1 MB does.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>

#include "framework/core/parallel.h"
#include "framework/core/random.h"
#include "framework/profiling/block_kernels.h"
#include "framework/profiling/statistics.h"

namespace adagrain {
namespace {

// Normally distributed, as weights are; rectified, as activations are.
std::vector<float> make_values(std::int64_t megabytes, bool rectified) {
  RandomStream random(1, "statistics benchmark");
  std::vector<float> values(static_cast<std::size_t>(megabytes) << 18);
  const std::size_t drawn = std::min<std::size_t>(values.size(), 1 << 18);
  for (std::size_t i = 0; i < drawn; ++i) {
    const auto x = static_cast<float>(random.normal());
    values[i] = rectified ? std::max(x, 0.0f) : x;
  }
  for (std::size_t i = drawn; i < values.size(); ++i) values[i] = values[i - drawn];
  return values;
}

void finish(benchmark::State& state, std::size_t values) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(values * sizeof(float)));
}

constexpr std::size_t kPiece = std::size_t{1} << 19;

// The least that a statistic has to do: every value passes through a register.
void read_memory(benchmark::State& state) {
  const std::vector<float> values = make_values(state.range(0), false);
  std::vector<float> largest((values.size() + kPiece - 1) / kPiece);
  for (auto _ : state) {
    parallel_for(largest.size(), static_cast<int>(state.range(1)), [&](std::size_t piece) {
      const std::size_t first = piece * kPiece;
      const std::size_t count = std::min(kPiece, values.size() - first);
      kernels::run_magnitudes(&values[first], count, count, &largest[piece]);
    });
    benchmark::DoNotOptimize(largest.data());
  }
  finish(state, values.size());
}

void copy_memory(benchmark::State& state) {
  const std::vector<float> values = make_values(state.range(0), false);
  std::vector<float> copy(values.size());
  for (auto _ : state) {
    parallel_for(
        (values.size() + kPiece - 1) / kPiece, static_cast<int>(state.range(1)), [&](std::size_t piece) {
          const std::size_t first = piece * kPiece;
          std::memcpy(&copy[first], &values[first], std::min(kPiece, values.size() - first) * sizeof(float));
        });
    benchmark::DoNotOptimize(copy.data());
  }
  finish(state, values.size());
}

void value_statistics(benchmark::State& state, bool rectified) {
  const std::vector<float> values = make_values(state.range(0), rectified);
  for (auto _ : state) {
    ValueAccumulator accumulator("values");
    accumulator.add(values, static_cast<int>(state.range(1)));
    benchmark::DoNotOptimize(accumulator.statistics());
  }
  finish(state, values.size());
}

void weight_tensor_statistics(benchmark::State& state) {
  const std::vector<float> values = make_values(state.range(0), false);
  for (auto _ : state) {
    benchmark::DoNotOptimize(weight_statistics("w", values, 1024, static_cast<int>(state.range(1))));
  }
  finish(state, values.size());
}

void sizes_and_threads(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"MB", "threads"})->UseRealTime()->MinTime(0.3);
  for (const std::int64_t threads : {1, resolve_threads(0)}) benchmark->Args({128, threads});
  benchmark->Args({1, 1});
}

BENCHMARK(read_memory)->Apply(sizes_and_threads);
BENCHMARK(copy_memory)->Apply(sizes_and_threads);
BENCHMARK_CAPTURE(value_statistics, weights, false)->Apply(sizes_and_threads);
BENCHMARK_CAPTURE(value_statistics, activations, true)->Apply(sizes_and_threads);
BENCHMARK(weight_tensor_statistics)->Apply(sizes_and_threads);

}  // namespace
}  // namespace adagrain
