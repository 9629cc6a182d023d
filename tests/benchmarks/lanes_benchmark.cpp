// The interleaved coder on two-sided geometric bytes of a given entropy, every profile and instruction set,
// one thread, whole passes: counting, tables, coding. `over` is the size beyond Shannon's bound in percent;
// memcpy is what the machine allows.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstring>

#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/core/random.h"

namespace adagrain {
namespace {

constexpr std::size_t kSymbols = std::size_t{1} << 23;

double entropy(double decay) {
  double bits = 0;
  for (int distance = -127; distance <= 127; ++distance) {
    const double share = std::pow(decay, std::abs(distance)) * (1 - decay) / (1 + decay);
    if (share > 0) bits -= share * std::log2(share);
  }
  return bits;
}

std::vector<std::uint8_t> source(double bits) {
  double low = 0, high = 1;
  for (int i = 0; i < 50; ++i) (entropy((low + high) / 2) < bits ? low : high) = (low + high) / 2;
  RandomStream random(1, "lanes benchmark");
  std::vector<std::uint8_t> symbols(kSymbols);
  for (auto& symbol : symbols) {
    // Symmetric: zero has (1 - decay) / (1 + decay), each side a geometric rest.
    int distance = 0;
    if (random.uniform() >= (1 - low) / (1 + low)) {
      distance = 1 + static_cast<int>(std::log(1 - random.uniform()) / std::log(low));
      if (random.below(2) == 0) distance = -distance;
    }
    symbol = static_cast<std::uint8_t>(distance);
  }
  return symbols;
}

double shannon_bytes(const std::vector<std::uint8_t>& symbols) {
  std::vector<double> counts(256);
  for (const std::uint8_t symbol : symbols) ++counts[symbol];
  double bits = 0;
  for (const double count : counts)
    if (count > 0) bits += count * std::log2(static_cast<double>(symbols.size()) / count);
  return bits / 8;
}

void encode(benchmark::State& state, LaneProfile profile, Isa isa) {
  const auto symbols = source(static_cast<double>(state.range(0)));
  std::size_t bytes = 0;
  for (auto _ : state) bytes = encode_lanes(symbols, profile, 1, isa).size();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSymbols));
  state.counters["over"] = 100 * (static_cast<double>(bytes) / shannon_bytes(symbols) - 1);
}

void decode(benchmark::State& state, LaneProfile profile, Isa isa) {
  const auto symbols = source(static_cast<double>(state.range(0)));
  const auto encoded = encode_lanes(symbols, profile, 1, isa);
  std::vector<std::uint8_t> decoded(kSymbols);
  for (auto _ : state) decode_lanes(encoded, decoded, 1, isa);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSymbols));
}

void copy(benchmark::State& state) {
  const auto symbols = source(4);
  std::vector<std::uint8_t> copied(kSymbols);
  for (auto _ : state) {
    std::memcpy(copied.data(), symbols.data(), kSymbols);
    benchmark::DoNotOptimize(copied.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSymbols));
}

const bool registered = [] {
  benchmark::RegisterBenchmark("lanes/memcpy", copy);
  for (const LaneProfile profile : {LaneProfile::fast, LaneProfile::precise}) {
    for (const Isa isa : available_isas()) {
      const std::string name =
          std::string(profile == LaneProfile::fast ? "fast/" : "precise/") + std::string(name_of(isa));
      for (const int bits : {1, 2, 4, 6}) {
        benchmark::RegisterBenchmark(("lanes/encode/" + name).c_str(), encode, profile, isa)->Arg(bits);
        benchmark::RegisterBenchmark(("lanes/decode/" + name).c_str(), decode, profile, isa)->Arg(bits);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace adagrain
