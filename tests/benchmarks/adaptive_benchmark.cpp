// The adaptive coder: a layer of 2^18 levels of about 3 bits whose rows differ in
// scale. Items are levels; the counter gives coded bits a level. One thread.
#include <benchmark/benchmark.h>

#include <cmath>
#include <numeric>

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/core/random.h"

namespace adagrain {
namespace {

constexpr std::int64_t kRows = 256, kColumns = 1024;

const std::vector<std::int32_t>& levels() {
  static const std::vector<std::int32_t> drawn = [] {
    RandomStream random(1, "adaptive benchmark");
    std::vector<std::int32_t> values;
    for (std::int64_t i = 0; i < kRows * kColumns; ++i) {
      const auto scale = static_cast<double>(1 + i / kColumns % 4);
      values.push_back(static_cast<std::int32_t>(std::lround(random.normal() * scale)));
    }
    return values;
  }();
  return drawn;
}

LevelGrid grid() {
  static const std::vector<std::uint32_t> elements = [] {
    std::vector<std::uint32_t> all(levels().size());
    std::iota(all.begin(), all.end(), 0u);
    return all;
  }();
  return {{kRows, kColumns}, 1, 1, elements};
}

void finish(benchmark::State& state, const Bytes& coded) {
  const auto count = static_cast<std::int64_t>(levels().size());
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["bits"] = 8.0 * static_cast<double>(coded.size()) / static_cast<double>(count);
}

void encode(benchmark::State& state) {
  Bytes coded;
  for (auto _ : state) coded = encode_adaptive(grid(), levels());
  finish(state, coded);
}

void decode(benchmark::State& state) {
  const Bytes coded = encode_adaptive(grid(), levels());
  for (auto _ : state) {
    std::vector<std::int32_t> decoded(levels().size());
    decode_adaptive(coded, grid(), decoded);
    benchmark::DoNotOptimize(decoded.data());
  }
  finish(state, coded);
}

BENCHMARK(encode)->Name("adaptive/encode")->Unit(benchmark::kMillisecond);
BENCHMARK(decode)->Name("adaptive/decode")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace adagrain
