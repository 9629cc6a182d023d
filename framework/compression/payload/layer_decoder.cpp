#include "framework/compression/payload/layer_decoder.h"

#include <algorithm>
#include <bit>

#include "framework/compression/coders/float_planes.h"
#include "framework/compression/payload/dequantize.h"
#include "framework/compression/payload/payload_view.h"
#include "framework/core/error.h"

namespace adagrain {

namespace {

DecodedWeights decode_streams(const PayloadView& view, int threads) {
  if (view.coded().count == 0) {
    return view.head().quantized() ? DecodedWeights{std::vector<std::int32_t>()}
                                   : DecodedWeights{std::vector<std::uint32_t>()};
  }
  return view.coder().decode(view.payload(), view.streams(), view.layout(), threads);
}

// Calls use(symbols as LevelSymbols of their type).
template <typename Use>
auto with_levels(const PayloadView& view, const DecodedWeights& decoded, const Use& use) {
  const CodedStreams& streams = view.streams();
  if (const auto* bytes = std::get_if<Bytes>(&decoded.values))
    return use(LevelSymbols<std::uint8_t>{*bytes, false, streams.lowest, streams.stride});
  if (const auto* words = std::get_if<std::vector<std::uint16_t>>(&decoded.values))
    return use(LevelSymbols<std::uint16_t>{*words, false, streams.lowest, streams.stride});
  return use(LevelSymbols<std::int32_t>{std::get<std::vector<std::int32_t>>(decoded.values), true});
}

PayloadInfo info_of(const PayloadView& view) {
  PayloadInfo info;
  info.granularity = view.granularity();
  info.granularity_parameters = view.granularity_parameters();
  info.pruned = view.head().pruning != StoredPruning::none;
  info.quantized = view.head().quantized();
  info.coder = view.coder_name();
  info.parts = view.parts();
  info.units = view.cut().units.count;
  info.dead_units = view.dead_units();
  info.coded_symbols = view.coded().count;
  return info;
}

// [element]
std::vector<float> place_floats(const PayloadView& view, const std::vector<std::uint32_t>& bits) {
  std::vector<float> weights(static_cast<std::size_t>(view.code().shape.count()));
  const std::uint32_t* next = bits.data();
  for (const ElementRange& range : view.coded().ranges) {
    for (std::uint32_t element = range.begin; element < range.end; ++element)
      weights[element] = std::bit_cast<float>(sign_first(*next++));
  }
  return weights;
}

// Binary levels are two, -1 and +1, with no 0 between them.
std::uint32_t level_bits(const PayloadView& view, std::int32_t lowest, std::int32_t highest) {
  if (view.coded().count > 0 && view.streams().stride == 2) return 1;
  return static_cast<std::uint32_t>(std::bit_width(static_cast<std::uint32_t>(highest - lowest)));
}

}  // namespace

DecodedLayer decode_layer(const PayloadView& view, int threads) {
  DecodedLayer layer{{}, info_of(view)};
  if (view.code().shape.count() == 0) return layer;
  const DecodedWeights decoded = decode_streams(view, threads);
  if (const auto* bits = std::get_if<std::vector<std::uint32_t>>(&decoded.values)) {
    layer.weights = place_floats(view, *bits);
    layer.info.nonzero_weights = static_cast<std::uint64_t>(
        std::count_if(layer.weights.begin(), layer.weights.end(), [](float weight) { return weight != 0; }));
    return layer;
  }
  DequantizedLevels levels = with_levels(view, decoded, [&](const auto& symbols) {
    return dequantize(view.code(), view.cut(), view.coded(), symbols);
  });
  layer.weights = std::move(levels.weights);
  layer.info.nonzero_weights = levels.nonzero;
  layer.info.levels = {view.code().largest_step,
                       view.cut().step_units.count == 1,
                       view.head().values == StoredValues::levels,
                       levels.lowest,
                       levels.highest,
                       level_bits(view, levels.lowest, levels.highest)};
  return layer;
}

DecodedLayer decode_layer(std::span<const std::uint8_t> payload, const Shape& shape, int threads) {
  return decode_layer(PayloadView(payload, shape), threads);
}

LayerCode decode_code(const PayloadView& view, int threads) {
  LayerCode code = view.code();
  if (code.shape.count() == 0) return code;
  const DecodedWeights decoded = decode_streams(view, threads);
  if (const auto* bits = std::get_if<std::vector<std::uint32_t>>(&decoded.values)) {
    code.values = place_floats(view, *bits);
    return code;
  }
  code.levels.resize(static_cast<std::size_t>(code.shape.count()));
  with_levels(view, decoded, [&](const auto& symbols) {
    auto next = symbols.symbols.begin();
    for (const ElementRange& range : view.coded().ranges) {
      for (std::uint32_t element = range.begin; element < range.end; ++element) {
        const auto symbol =
            static_cast<std::int32_t>(symbols.by_element ? symbols.symbols[element] : *next++);
        code.levels[element] = symbols.lowest + symbols.stride * symbol;
      }
    }
  });
  return code;
}

}  // namespace adagrain
