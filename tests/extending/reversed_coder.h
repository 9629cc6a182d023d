// A layer coder of one's own: levels of one byte, last to first, after a mark.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include "framework/compression/coders/layer_coder.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

inline constexpr std::uint8_t kReversedCoderId = 40;
inline constexpr std::uint8_t kReversedMark = 0xA7;

class ReversedCoder : public LayerCoder {
 public:
  std::uint8_t id() const override { return kReversedCoderId; }
  CoderUse use() const override { return {std::nullopt, 1, 100}; }

  std::string refusal(const LayerValues& layer) const override {
    if (!layer.levels()) return "codes levels, not float32";
    if (layer.lowest < -128 || layer.highest > 127) return "codes levels of a byte";
    return "";
  }
  std::uint64_t estimate(const ValueHistogram& histogram) const override { return 1 + histogram.weights(); }

  EncodedWeights encode(const LayerValues& layer, const CodingOptions&) const override {
    EncodedWeights encoded;
    for (const std::uint32_t element : layer.coded.elements())
      encoded.bytes.push_back(static_cast<std::uint8_t>(layer.code.levels[element]));
    encoded.bytes.push_back(kReversedMark);
    std::reverse(encoded.bytes.begin(), encoded.bytes.end());
    return encoded;
  }

  CodedStreams split(ByteReader& reader, const CodedLayout& layout) const override {
    require<DataError>(layout.levels && layout.tables == nullptr, "reversed: is for levels, without groups");
    require<DataError>(reader.number<std::uint8_t>() == kReversedMark, "reversed: the mark is missing");
    CodedStreams streams;
    const std::size_t begin = reader.position();
    reader.take(layout.coded.count);
    streams.streams.push_back({{begin, reader.position()}, layout.coded.count, 256, true, -1, -1});
    return streams;
  }
  DecodedWeights decode(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                        const CodedLayout& layout, int) const override {
    const auto bytes = streams.streams.at(0).bytes.of(payload);
    std::vector<std::int32_t> levels(static_cast<std::size_t>(layout.matrix.count()));
    auto next = bytes.rbegin();
    for (const std::uint32_t element : layout.coded.elements())
      levels[element] = static_cast<std::int8_t>(*next++);
    return {std::move(levels)};
  }
  DecoderNeeds needs(std::span<const std::uint8_t>, const CodedStreams&,
                     const CodedLayout& layout) const override {
    DecoderNeeds needs;
    needs.symbols = layout.coded.count;
    needs.backward = true;
    return needs;
  }
};

inline const bool reversed_registered = Registry<LayerCoder>::add(
    "reversed", "of the tests: bytes, last to first", [] { return std::make_unique<ReversedCoder>(); });

}  // namespace adagrain
