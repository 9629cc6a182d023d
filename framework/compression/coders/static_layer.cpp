// static: one rANS state over all weights in their order, with up to 8 tables of integer frequencies.
//
//   levels   the lowest level (a varint, zigzag), then an `ans` stream of level - lowest, to the end
//   float32  planes (float_planes.h), each an `ans` stream; groups are those of the exponents' plane
#include <algorithm>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/float_planes.h"
#include "framework/compression/coders/level_symbols.h"
#include "framework/compression/coders/static_tables.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class StaticLayer : public LayerCoder {
 public:
  std::uint8_t id() const override { return 1; }
  CoderUse use() const override { return {SpeedRange{0, 2}, 1, 60}; }
  std::string refusal(const LayerValues& layer) const override {
    return level_refusal(layer, kLargestAlphabet);
  }

  std::uint64_t estimate(const ValueHistogram& histogram) const override {
    const auto price = [&](const std::vector<std::uint32_t>& counts) { return 2 + rans_->price({counts}); };
    return histogram.levels ? price(histogram.counts[0]) : estimate_planes(histogram, price);
  }

  EncodedWeights encode(const LayerValues& layer, const CodingOptions& options) const override {
    const bool group = options.speed < 2;
    if (!layer.levels()) {
      return encode_planes(layer, [&](std::span<const std::uint16_t> symbols, bool exponents) {
        return encode_symbols(layer, 256, symbols, std::nullopt, group && exponents);
      });
    }
    EncodedWeights encoded = encode_symbols(layer, static_cast<std::uint32_t>(layer.alphabet()),
                                            level_symbols(layer, layer.lowest), zero_symbol(layer), group);
    append_lowest(encoded.front, layer.lowest);
    return encoded;
  }

  CodedStreams split(ByteReader& reader, const CodedLayout& layout) const override {
    if (!layout.levels) {
      return split_planes(
          reader, layout,
          [&](ByteReader& plane_reader, std::size_t length, int plane, CodedStreams& streams) {
            take_stream(plane_reader, length, layout, plane, streams);
          });
    }
    CodedStreams streams;
    streams.lowest = read_lowest(reader);
    take_stream(reader, reader.remaining(), layout, -1, streams);
    return streams;
  }

  DecodedWeights decode(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                        const CodedLayout& layout, int) const override {
    const auto symbols = [&](std::span<const SymbolStream> of_plane, const TableMap* map) {
      const SymbolStream& stream = of_plane[0];
      std::vector<std::uint16_t> all(layout.coded.count);
      const std::vector<std::uint8_t> table_of = map != nullptr ? map->tables() : std::vector<std::uint8_t>();
      rans_->decode(stream.bytes.of(payload), stream_shape(stream, layout), table_of, all);
      return DecodedWeights{std::move(all)};
    };
    if (layout.levels) return symbols(streams.streams, layout.tables);
    return decode_planes(payload, streams, layout, symbols);
  }

  DecoderNeeds needs(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                     const CodedLayout& layout) const override {
    DecoderNeeds needs;
    needs.kind = DecoderKind::table_ans;
    needs.state_bits = 31;
    needs.unit_bits = 8;
    for (const SymbolStream& stream : streams.streams) {
      if (!stream.coded) {
        needs.raw_bits += 8 * stream.symbols;
        continue;
      }
      needs.symbols += stream.symbols;
      const StaticTables read = read_static_tables(stream.bytes.of(payload), stream_shape(stream, layout));
      std::uint32_t used = 0;
      for (const auto& table : read.tables) {
        if (!table) continue;
        ++used;
        needs.precision_bits = std::max(needs.precision_bits, table->precision);
        needs.table_symbols =
            std::max(needs.table_symbols, static_cast<std::uint32_t>(table->frequency.size()));
      }
      needs.tables = std::max(needs.tables, used);
    }
    return needs;
  }

 private:
  EncodedWeights encode_symbols(const LayerValues& layer, std::uint32_t alphabet,
                                std::span<const std::uint16_t> symbols, std::optional<std::int32_t> zero,
                                bool group) const {
    EncodedWeights encoded;
    if (group)
      encoded.grouping = choose_tables(layer.coded, layer.cut, layer.code.shape, alphabet, symbols, zero);
    const TableChoice& choice = encoded.grouping;
    std::vector<std::uint8_t> table_of;
    if (choice.tables > 1) {
      table_of =
          TableMap(layer.coded, layer.code.shape, choice.groups, choice.of_group, choice.tables).tables();
    }
    EncodedStream stream = rans_->encode({alphabet, choice.tables}, symbols, table_of);
    encoded.bytes = std::move(stream.bytes);
    encoded.table_bytes = stream.table_bytes;
    return encoded;
  }

  // Levels are below the largest alphabet, which their table says closer.
  static StreamShape stream_shape(const SymbolStream& stream, const CodedLayout& layout) {
    const bool grouped = stream.plane < 0 || stream.plane == kExponentPlane;
    return {stream.alphabet, grouped ? layout.table_count() : 1};
  }

  static void take_stream(ByteReader& reader, std::size_t length, const CodedLayout& layout, int plane,
                          CodedStreams& streams) {
    const std::size_t begin = reader.position();
    const auto bytes = reader.take(length);
    const auto alphabet = static_cast<std::uint32_t>(plane < 0 ? kLargestAlphabet : 256);
    streams.streams.push_back({{begin, reader.position()}, layout.coded.count, alphabet, true, plane, -1});
    streams.table_bytes += read_static_tables(bytes, stream_shape(streams.streams.back(), layout)).bytes;
  }

  std::unique_ptr<EntropyCoder> rans_ = Registry<EntropyCoder>::create("ans");
};

const bool registered = Registry<LayerCoder>::add("static", "rANS with tables of frequencies",
                                                  [] { return std::make_unique<StaticLayer>(); });

}  // namespace
}  // namespace adagrain
