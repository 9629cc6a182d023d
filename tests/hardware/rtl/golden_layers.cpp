#include "tests/hardware/rtl/golden_layers.h"

#include <algorithm>

#include "framework/compression/payload/layer_codec.h"
#include "framework/container/safetensors.h"
#include "framework/core/registry.h"

namespace adagrain::rtl {
namespace {

// Depthwise, pointwise and ordinary convolutions, fully connected and attention layers.
constexpr const char* kNetworks[] = {"fashion_mnist_lenet5_caffe", "fashion_mnist_resnet20",
                                     "fashion_mnist_mobilenet_small", "fashion_mnist_vit_tiny"};
constexpr const char* kCandidates[] = {
    "layer/quantize+ans bits=1",
    "layer/quantize+ans bits=2",
    "feature_map/quantize+ans bits=3",
    "layer/quantize+ans bits=4",
    "feature_map/quantize+ans bits=4 symmetric=0",
    "element/prune+quantize+ans bits=5 sparsity=0.7",
    "block/prune+quantize+ans bits=6 sparsity=0.5",
    "layer/quantize+ans bits=8",
    "feature_map/prune+quantize+ans bits=2 sparsity=0.4 symmetric=0",
    "layer/quantize+ans step=0.0004",
};
constexpr std::size_t kSmallest = 64, kSmall = 20000;  // weights
constexpr std::size_t kTurn = 3;                       // every so many layers of a network
// The one layer that is large enough for 256 interleaved lanes.
constexpr const char *kLargeNetwork = "fashion_mnist_lenet5_caffe",
                     *kLargeCandidate = "layer/quantize+ans bits=4";

GoldenLayer golden_layer(const Tensor& tensor, const std::string& network, const std::string& text) {
  const Candidate candidate = parse_candidate(text);
  GoldenLayer layer;
  layer.name = network + " " + tensor.name + " " + text;
  layer.code = transform_layer(tensor.values, tensor.shape, candidate);
  const auto granularity = Registry<Granularity>::create(candidate.granularity);
  layer.cut = {granularity->units(layer.code.shape, candidate.parameters),
               granularity->step_units(layer.code.shape, candidate.parameters)};
  layer.coded = collect_coded(layer.cut, layer.code.alive, layer.code.step_code);
  std::vector<std::int32_t> levels;
  for (const std::uint32_t element : layer.coded.elements()) levels.push_back(layer.code.levels[element]);
  if (!levels.empty()) {
    const auto [lowest, highest] = std::minmax_element(levels.begin(), levels.end());
    layer.lowest = *lowest;
    layer.alphabet = static_cast<std::uint32_t>(*highest - *lowest) + 1;
  }
  for (const std::int32_t level : levels)
    layer.symbols.push_back(static_cast<std::uint16_t>(level - layer.lowest));
  layer.weights =
      decode_layer(encode_layer(layer.code, tensor.shape, candidate).payload, tensor.shape).weights;
  return layer;
}

}  // namespace

std::vector<GoldenLayer> golden_layers(const std::filesystem::path& zoo, bool every) {
  std::vector<GoldenLayer> layers;
  std::size_t next = 0;
  for (const std::string network : kNetworks) {
    std::size_t turn = 0;
    for (const Tensor& tensor : read_safetensors(zoo / (network + ".safetensors")).tensors) {
      if (tensor.shape.size() < 2 || tensor.values.size() < kSmallest) continue;
      if (!every && tensor.values.size() > kSmall) {
        if (network == kLargeNetwork) layers.push_back(golden_layer(tensor, network, kLargeCandidate));
        continue;
      }
      if (!every && turn++ % kTurn != 0) continue;
      const std::size_t candidates = every ? std::size(kCandidates) : 2;
      for (std::size_t i = 0; i < candidates; ++i, ++next)
        layers.push_back(golden_layer(tensor, network, kCandidates[next % std::size(kCandidates)]));
    }
  }
  return layers;
}

GoldenStream encode_stream(const std::string& coder, const std::string& name, const StreamShape& shape,
                           std::vector<std::uint16_t> symbols, std::vector<std::uint8_t> table_of) {
  GoldenStream stream{name, shape, std::move(symbols), std::move(table_of), {}};
  stream.bytes = Registry<EntropyCoder>::create(coder)->encode(shape, stream.symbols, stream.table_of).bytes;
  return stream;
}

std::vector<GoldenStream> static_streams(const std::vector<GoldenLayer>& layers) {
  std::vector<GoldenStream> streams;
  for (const GoldenLayer& layer : layers) {
    if (layer.symbols.empty()) continue;
    streams.push_back(encode_stream("ans", layer.name, {layer.alphabet, 1}, layer.symbols));
    if (layer.code.shape.rows >= 8) {
      std::vector<std::uint8_t> table_of;
      for (const std::uint32_t element : layer.coded.elements())
        table_of.push_back(static_cast<std::uint8_t>(element / layer.code.shape.columns % 4));
      streams.push_back(encode_stream("ans", layer.name + ", 4 tables", {layer.alphabet, 4}, layer.symbols,
                                      std::move(table_of)));
    }
    if (layer.code.step_code.size() > 1) {
      streams.push_back(encode_stream("ans", layer.name + ", step codes", {256, 1},
                                      {layer.code.step_code.begin(), layer.code.step_code.end()}));
    }
  }
  return streams;
}

}  // namespace adagrain::rtl
