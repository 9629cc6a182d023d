// adaptive: an adaptive stream (adaptive/STREAM.md) of level - zero level, to the end of the payload.
#include <algorithm>
#include <cstdlib>

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/layer_coder.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

// Calls each(begin, end, zero level) for coded elements, in order.
template <typename Each>
void for_each_zero_level(const CodedWeights& coded, const UnitMap& step_units,
                         std::span<const std::uint8_t> zero_level, const Each& each) {
  for (const ElementRange& range : coded.ranges) {
    for_each_unit_run(step_units, range.begin, range.end,
                      [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                        each(begin, end, std::int32_t{zero_level[unit]});
                      });
  }
}

class AdaptiveLayer : public LayerCoder {
 public:
  std::uint8_t id() const override { return 2; }
  CoderUse use() const override { return {SpeedRange{0, 0}, 1, 4}; }

  std::string refusal(const LayerValues& layer) const override {
    if (!layer.levels()) return "codes levels, not float32";
    if (layer.code.levels.size() > kLargestAdaptiveGrid)
      return fmt::format("codes layers of up to {} weights, not {}", kLargestAdaptiveGrid,
                         layer.code.levels.size());
    const std::int32_t largest = std::max(std::abs(layer.lowest), std::abs(layer.highest));
    if (largest > kLargestAdaptiveLevel)
      return fmt::format("codes levels up to {}, not {}", kLargestAdaptiveLevel, largest);
    return "";
  }

  // Contexts mostly save more than they cost.
  std::uint64_t estimate(const ValueHistogram& histogram) const override {
    return 2 + Registry<EntropyCoder>::create("ans")->price(histogram.counts);
  }

  EncodedWeights encode(const LayerValues& layer, const CodingOptions&) const override {
    const std::vector<std::uint32_t> elements = layer.coded.elements();
    const LevelGrid grid = level_grid(layer.shape, elements);
    const LayerCode& code = layer.code;
    EncodedWeights encoded;
    if (code.zero_level.empty()) {
      encoded.bytes = encode_adaptive(grid, code.levels);
      return encoded;
    }
    std::vector<std::int32_t> around_zero(code.levels.size());
    for_each_zero_level(layer.coded, layer.cut.step_units, code.zero_level,
                        [&](std::size_t begin, std::size_t end, std::int32_t zero) {
                          for (; begin < end; ++begin) around_zero[begin] = code.levels[begin] - zero;
                        });
    encoded.bytes = encode_adaptive(grid, around_zero);
    return encoded;
  }

  CodedStreams split(ByteReader& reader, const CodedLayout& layout) const override {
    require<DataError>(layout.levels && layout.tables == nullptr,
                       "layer payload: the adaptive coder is for levels, without groups");
    const std::size_t begin = reader.position();
    reader.take(reader.remaining());
    CodedStreams streams;
    streams.streams.push_back({{begin, reader.position()}, layout.coded.count, 65536, true, -1, -1});
    return streams;
  }

  DecodedWeights decode(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                        const CodedLayout& layout, int) const override {
    const std::vector<std::uint32_t> elements = layout.coded.elements();
    std::vector<std::int32_t> levels(static_cast<std::size_t>(layout.matrix.count()));
    decode_adaptive(streams.streams.at(0).bytes.of(payload), level_grid(layout.shape, elements), levels);
    if (!layout.zero_level.empty()) {
      for_each_zero_level(layout.coded, layout.cut.step_units, layout.zero_level,
                          [&](std::size_t begin, std::size_t end, std::int32_t zero) {
                            for (; begin < end; ++begin) levels[begin] += zero;
                          });
    }
    return {std::move(levels)};
  }

  DecoderNeeds needs(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                     const CodedLayout& layout) const override {
    DecoderNeeds needs;
    needs.kind = DecoderKind::adaptive_binary;
    needs.symbols = layout.coded.count;
    needs.state_bits = 32;
    needs.unit_bits = 8;
    needs.precision_bits = 16;
    needs.contexts = adaptive_histories(streams.streams.at(0).bytes.of(payload));
    needs.inputs_per_bit = static_cast<int>(kMagnitudeContexts);
    return needs;
  }
};

const bool registered = Registry<LayerCoder>::add("adaptive", "probabilities learned from the levels around",
                                                  [] { return std::make_unique<AdaptiveLayer>(); });

}  // namespace
}  // namespace adagrain
