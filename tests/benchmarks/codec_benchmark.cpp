// Encoding and decoding a layer, whole passes: transforms, table fits, coding. Items are weights; the counter
// gives coded bits a weight. One thread.
#include <benchmark/benchmark.h>

#include "framework/compression/payload/layer_codec.h"
#include "framework/core/random.h"

namespace adagrain {
namespace {

const Shape shape = {1024, 1024};

// Bell-shaped; each row has its own scale.
const std::vector<float>& weights() {
  static const std::vector<float> values = [] {
    RandomStream random(1, "codec benchmark");
    std::vector<float> drawn(1 << 20);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      drawn[i] = static_cast<float>(random.normal() * 0.02 * static_cast<double>(1 + i / 1024 % 4));
    }
    return drawn;
  }();
  return values;
}

void finish(benchmark::State& state, std::size_t payload_bytes) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(weights().size()));
  state.counters["bits"] = 8.0 * static_cast<double>(payload_bytes) / static_cast<double>(weights().size());
}

void transform(benchmark::State& state, const char* text) {
  const Candidate candidate = parse_candidate(text);
  for (auto _ : state) benchmark::DoNotOptimize(transform_layer(weights(), shape, candidate));
  finish(state, 0);
}

void encode(benchmark::State& state, const char* text) {
  const Candidate candidate = parse_candidate(text);
  std::size_t bytes = 0;
  for (auto _ : state) bytes = encode_layer(weights(), shape, candidate).payload.size();
  finish(state, bytes);
}

void decode(benchmark::State& state, const char* text) {
  const EncodedLayer encoded = encode_layer(weights(), shape, parse_candidate(text));
  for (auto _ : state) benchmark::DoNotOptimize(decode_layer(encoded.payload, shape));
  finish(state, encoded.payload.size());
}

const bool registered = [] {
  for (const char* text :
       {"layer/ans", "layer/quantize bits=4", "layer/quantize+ans step=0.02",
        "element/quantize+ans step=0.02", "element/quantize+ans rate_weight=0.1 step=0.02",
        "block/quantize+ans bits=4", "feature_map/quantize+ans bits=4",
        "element/prune+quantize+ans bits=4 sparsity=0.9", "layer/quantize+ans step=0.02 speed=1",
        "layer/quantize+ans step=0.02 speed=2", "block/quantize+ans bits=4 speed=1",
        "block/quantize+ans bits=4 speed=2", "feature_map/quantize+ans bits=4 speed=1",
        "feature_map/quantize+ans bits=4 speed=2", "layer/ans speed=2"}) {
    const auto add = [&](const std::string& what, auto function) {
      benchmark::RegisterBenchmark((what + "/" + text).c_str(), function, text)
          ->Unit(benchmark::kMillisecond);
    };
    add("transform", transform);
    add("encode", encode);
    add("decode", decode);
  }
  return true;
}();

}  // namespace
}  // namespace adagrain
