// The kernels of interleaved rANS, each profile with each instruction set this processor has: one chunk of
// symbols of about 5 bits. Bytes are symbols; the counter gives coded bits a symbol. One thread.
#include <benchmark/benchmark.h>

#include <cmath>

#include "framework/bench/symbol_sources.h"
#include "framework/compression/coders/lanes/lane_coder.h"

namespace adagrain {
namespace {

const Bytes& symbols() {
  static const Bytes drawn = draw_symbols(laplace_distribution(std::exp2(-0.25)), kLaneChunkSymbols);
  return drawn;
}

void finish(benchmark::State& state, const Bytes& coded) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(symbols().size()));
  state.counters["bits"] = 8.0 * static_cast<double>(coded.size()) / static_cast<double>(symbols().size());
}

void encode(benchmark::State& state, LanePrecision profile, Isa isa) {
  Bytes coded;
  for (auto _ : state) coded = encode_lanes(symbols(), profile, 1, isa);
  finish(state, coded);
}

void decode(benchmark::State& state, LanePrecision profile, Isa isa) {
  const Bytes coded = encode_lanes(symbols(), profile, 1, isa);
  Bytes decoded(symbols().size());
  for (auto _ : state) {
    decode_lanes(coded, decoded, 1, isa);
    benchmark::DoNotOptimize(decoded.data());
  }
  finish(state, coded);
}

const bool registered = [] {
  for (const Isa isa : available_isas()) {
    for (const auto& [name, profile] :
         {std::pair("fast", LanePrecision::fast), {"precise", LanePrecision::precise}}) {
      const std::string what = fmt::format("{}/{}", name, name_of(isa));
      benchmark::RegisterBenchmark(("lanes/encode/" + what).c_str(), encode, profile, isa)
          ->Unit(benchmark::kMillisecond);
      benchmark::RegisterBenchmark(("lanes/decode/" + what).c_str(), decode, profile, isa)
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace adagrain
