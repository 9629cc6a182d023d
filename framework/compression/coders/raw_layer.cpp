// raw: fields of fixed width, what a chain without `ans` stores.
//
//   levels   a byte: bits 0-4 width w of a field, bits 5-6 where levels begin; then the fields
//              0  the lowest level follows the byte     1  at -(2^(w-1) - 1): symmetric around zero
//              2  at 0                                  3  w = 1 alone, the levels are -1 and 1
//   float32  planes 3, 2, 1, 0 of bytes (float_planes.h), without flags
#include <algorithm>
#include <bit>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/float_planes.h"
#include "framework/compression/coders/level_symbols.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

enum class Begin : std::uint8_t { stored = 0, symmetric = 1, zero = 2, binary = 3 };

// Which levels a field of so many bits stands for.
struct FieldRange {
  int width = 0;  // 0..16
  Begin begin = Begin::stored;
  std::int32_t lowest = 0, stride = 1;

  std::uint8_t byte() const { return static_cast<std::uint8_t>(width | static_cast<int>(begin) << 5); }
};

std::int32_t lowest_symmetric(int width) {
  return 1 - (1 << (width - 1));
}

FieldRange field_range(std::int32_t lowest, std::int32_t highest, bool binary) {
  if (binary) return {1, Begin::binary, -1, 2};
  const int width = std::bit_width(static_cast<std::uint32_t>(highest - lowest));
  const auto spans = [&](std::int32_t first) { return first <= lowest && highest - first < 1 << width; };
  if (width > 0 && spans(lowest_symmetric(width))) return {width, Begin::symmetric, lowest_symmetric(width)};
  if (spans(0)) return {width, Begin::zero, 0};
  return {width, Begin::stored, lowest};
}

class RawLayer : public LayerCoder {
 public:
  std::uint8_t id() const override { return kRawCoderId; }
  CoderUse use() const override { return {std::nullopt, 1, 1000}; }
  std::string refusal(const LayerValues& layer) const override {
    return level_refusal(layer, kLargestAlphabet);
  }

  std::uint64_t estimate(const ValueHistogram& histogram) const override {
    if (!histogram.levels) return kPlanes * histogram.weights();
    const auto& counts = histogram.counts[0];
    const std::int32_t highest = histogram.lowest + static_cast<std::int32_t>(counts.size()) - 1;
    const FieldRange range = field_range(histogram.lowest, highest, counts.size() == 3 && counts[1] == 0);
    return 2 + (histogram.weights() * static_cast<std::uint64_t>(range.width) + 7) / 8;
  }

  EncodedWeights encode(const LayerValues& layer, const CodingOptions&) const override {
    EncodedWeights encoded;
    if (!layer.levels()) {
      for (int plane = kPlanes - 1; plane >= 0; --plane) {
        const std::vector<std::uint16_t> bytes = plane_symbols(layer, plane);
        encoded.bytes.insert(encoded.bytes.end(), bytes.begin(), bytes.end());
      }
      return encoded;
    }
    const FieldRange range = field_range(layer.lowest, layer.highest, binary(layer));
    encoded.front.push_back(range.byte());
    if (range.begin == Begin::stored) append_lowest(encoded.front, range.lowest);
    const std::vector<std::uint16_t> symbols = level_symbols(layer, range.lowest, range.stride);
    encoded.bytes = fields_->encode({1u << range.width, 1}, symbols, {}).bytes;
    return encoded;
  }

  CodedStreams split(ByteReader& reader, const CodedLayout& layout) const override {
    CodedStreams streams;
    const std::size_t count = layout.coded.count;
    const auto take = [&](int width, int plane) {
      const std::size_t begin = reader.position();
      reader.take((count * static_cast<std::size_t>(width) + 7) / 8);
      streams.streams.push_back({{begin, reader.position()}, count, 1u << width, false, plane, -1});
    };
    require<DataError>(layout.tables == nullptr, "layer payload: groups of fields of fixed width");
    if (!layout.levels) {
      for (int plane = kPlanes - 1; plane >= 0; --plane) take(8, plane);
      return streams;
    }
    const auto byte = reader.number<std::uint8_t>();
    FieldRange range{byte & 31, static_cast<Begin>(byte >> 5)};
    require<DataError>(byte < 128 && range.width <= 16 &&
                           (range.begin != Begin::binary || range.width == 1) &&
                           (range.begin != Begin::symmetric || range.width > 0),
                       "layer payload: fields {:#x}; allowed: up to 16 bits, and one for -1 and 1", byte);
    if (range.begin == Begin::stored) range.lowest = read_lowest(reader);
    if (range.begin == Begin::symmetric) range.lowest = lowest_symmetric(range.width);
    if (range.begin == Begin::binary) range = {1, Begin::binary, -1, 2};
    streams.lowest = range.lowest;
    streams.stride = range.stride;
    take(range.width, -1);
    return streams;
  }

  DecodedWeights decode(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                        const CodedLayout& layout, int) const override {
    const auto symbols = [&](const SymbolStream& stream) {
      std::vector<std::uint16_t> all(layout.coded.count);
      fields_->decode(stream.bytes.of(payload), {stream.alphabet, 1}, {}, all);
      return all;
    };
    if (layout.levels) return {symbols(streams.streams.at(0))};
    return decode_planes(payload, streams, layout, {});
  }

  DecoderNeeds needs(std::span<const std::uint8_t>, const CodedStreams& streams,
                     const CodedLayout& layout) const override {
    DecoderNeeds needs;
    needs.kind = DecoderKind::unpack;
    needs.symbols = layout.coded.count;
    needs.states = 0;
    for (const SymbolStream& stream : streams.streams)
      needs.raw_bits += stream.symbols * static_cast<std::uint64_t>(std::bit_width(stream.alphabet - 1));
    return needs;
  }

 private:
  // Two levels need one bit only where no weight that is coded is zero.
  static bool binary(const LayerValues& layer) {
    if (!layer.code.zero_level.empty()) return false;
    return std::all_of(layer.coded.ranges.begin(), layer.coded.ranges.end(), [&](const ElementRange& range) {
      return std::all_of(layer.code.levels.begin() + range.begin, layer.code.levels.begin() + range.end,
                         [](std::int32_t level) { return std::abs(level) == 1; });
    });
  }

  std::unique_ptr<EntropyCoder> fields_ = Registry<EntropyCoder>::create("raw");
};

const bool registered =
    Registry<LayerCoder>::add("raw", "fields of fixed width", [] { return std::make_unique<RawLayer>(); });

}  // namespace
}  // namespace adagrain
