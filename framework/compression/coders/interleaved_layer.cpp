// interleaved: for each table a stream of interleaved rANS (lanes/STREAMS.md) of the symbols of its groups,
// in the order of the weights.
//
//   streams  each with its length in front, as a varint, but for the last one
//   levels   the lowest level (a varint, zigzag), then streams of level - lowest, to the end
//   float32  planes (float_planes.h), each of streams; groups are those of the exponents' plane
#include <algorithm>
#include <array>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/float_planes.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/coders/level_symbols.h"
#include "framework/core/parallel.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

// Lanes code bytes.
constexpr std::uint32_t kAlphabet = 256;
// With fewer, states and chunk heads outweigh what is gained in time.
constexpr std::uint64_t kFewWeights = 4096;

class InterleavedLayer : public LayerCoder {
 public:
  std::uint8_t id() const override { return 3; }
  CoderUse use() const override { return {SpeedRange{1, 2}, kFewWeights, 2000}; }
  std::string refusal(const LayerValues& layer) const override { return level_refusal(layer, kAlphabet); }

  std::uint64_t estimate(const ValueHistogram& histogram) const override {
    const auto rans = Registry<EntropyCoder>::create("ans");
    const auto price = [&](const std::vector<std::uint32_t>& counts) {
      return 8 + std::min(histogram.weights(), rans->price({counts}));
    };
    return histogram.levels ? price(histogram.counts[0]) : estimate_planes(histogram, price);
  }

  EncodedWeights encode(const LayerValues& layer, const CodingOptions& options) const override {
    if (!layer.levels()) {
      return encode_planes(layer, [&](std::span<const std::uint16_t> symbols, bool exponents) {
        EncodedWeights plane;
        append_streams(plane, layer, kAlphabet, symbols, std::nullopt, exponents, options);
        return plane;
      });
    }
    EncodedWeights encoded;
    append_lowest(encoded.front, layer.lowest);
    append_streams(encoded, layer, static_cast<std::uint32_t>(layer.alphabet()),
                   level_symbols(layer, layer.lowest), zero_symbol(layer), true, options);
    return encoded;
  }

  CodedStreams split(ByteReader& reader, const CodedLayout& layout) const override {
    if (!layout.levels) {
      return split_planes(
          reader, layout,
          [&](ByteReader& plane_reader, std::size_t length, int plane, CodedStreams& streams) {
            const bool grouped = plane == kExponentPlane;
            take_streams(plane_reader, length, layout, grouped ? layout.tables : nullptr, plane, streams);
          });
    }
    CodedStreams streams;
    streams.lowest = read_lowest(reader);
    take_streams(reader, reader.remaining(), layout, layout.tables, -1, streams);
    return streams;
  }

  DecodedWeights decode(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                        const CodedLayout& layout, int threads) const override {
    const auto symbols = [&](std::span<const SymbolStream> of_plane, const TableMap* map) {
      return decode_streams(payload, of_plane, map, layout.coded.count, threads);
    };
    if (layout.levels) return symbols(streams.streams, layout.tables);
    return decode_planes(payload, streams, layout, symbols);
  }

  DecoderNeeds needs(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                     const CodedLayout&) const override {
    DecoderNeeds needs;
    needs.kind = DecoderKind::interleaved_ans;
    needs.backward = true;
    for (const SymbolStream& stream : streams.streams) {
      if (!stream.coded) {
        needs.raw_bits += 8 * stream.symbols;
        continue;
      }
      const LaneChunks chunks(stream.bytes.of(payload), stream.symbols);
      needs.state_bits = chunks.precision() == LanePrecision::fast ? 16 : 28;
      needs.unit_bits = chunks.precision() == LanePrecision::fast ? 8 : 16;
      needs.tables += stream.symbols > 0 ? 1 : 0;
      for (std::size_t chunk = 0; chunk < chunks.count(); ++chunk) {
        const LaneChunkFront front = chunks.front(chunk);
        const std::uint64_t symbols = chunks.begin(chunk + 1) - chunks.begin(chunk);
        needs.raw_bits += symbols * (front.stored ? 8 : static_cast<std::uint64_t>(front.raw_bits));
        if (front.stored) continue;
        needs.symbols += symbols;
        needs.escapes += front.escapes;
        needs.states = std::max(needs.states, static_cast<std::uint32_t>(front.lanes));
        needs.precision_bits = front.table.precision;
        needs.table_symbols =
            std::max(needs.table_symbols, static_cast<std::uint32_t>(front.table.frequency.size()));
      }
    }
    return needs;
  }

 private:
  static void append_streams(EncodedWeights& encoded, const LayerValues& layer, std::uint32_t alphabet,
                             std::span<const std::uint16_t> symbols, std::optional<std::int32_t> zero,
                             bool group, const CodingOptions& options) {
    const MatrixShape shape = layer.code.shape;
    TableChoice& choice = encoded.grouping;
    if (group && options.speed < 2)
      choice = choose_tables(layer.coded, layer.cut, shape, alphabet, symbols, zero);
    std::optional<TableMap> map;
    if (choice.tables > 1) map.emplace(layer.coded, shape, choice.groups, choice.of_group, choice.tables);
    const Bytes sorted = map ? map->sorted(symbols) : Bytes(symbols.begin(), symbols.end());
    const std::array<std::size_t, 2> whole = {0, sorted.size()};
    const std::span<const std::size_t> begin = map ? map->begin() : whole;
    const LanePrecision precision = options.speed < 2 ? LanePrecision::precise : LanePrecision::fast;
    for (std::size_t table = 0; table + 1 < begin.size(); ++table) {
      const auto own = std::span(sorted).subspan(begin[table], begin[table + 1] - begin[table]);
      Bytes stream = encode_lanes(own, precision, options.threads);
      if (table + 2 < begin.size()) append_varint(encoded.bytes, stream.size());
      if (encoded.bytes.empty()) {
        encoded.bytes = std::move(stream);
      } else {
        encoded.bytes.insert(encoded.bytes.end(), stream.begin(), stream.end());
      }
    }
  }

  static void take_streams(ByteReader& reader, std::size_t length, const CodedLayout& layout,
                           const TableMap* map, int plane, CodedStreams& streams) {
    const std::size_t end = reader.position() + length;
    const std::array<std::size_t, 2> whole = {0, layout.coded.count};
    const std::span<const std::size_t> begin = map != nullptr ? map->begin() : whole;
    for (std::size_t table = 0; table + 1 < begin.size(); ++table) {
      const bool last = table + 2 == begin.size();
      const std::uint64_t wanted = last ? 0 : reader.varint();
      const std::size_t at = reader.position();
      require<DataError>(at <= end && wanted <= end - at, "layer payload: streams of {} tables in {} bytes",
                         begin.size() - 1, length);
      reader.take(last ? end - at : wanted);
      streams.streams.push_back({{at, reader.position()},
                                 begin[table + 1] - begin[table],
                                 kAlphabet,
                                 true,
                                 plane,
                                 map != nullptr ? static_cast<int>(table) : -1});
    }
  }

  static DecodedWeights decode_streams(std::span<const std::uint8_t> payload,
                                       std::span<const SymbolStream> streams, const TableMap* map,
                                       std::size_t count, int threads) {
    Bytes sorted(count);
    struct Part {  // a chunk of a stream
      std::size_t stream, chunk, first;
    };
    std::vector<LaneChunks> chunks;
    std::vector<Part> parts;
    std::size_t first = 0;  // symbol of the stream, of all
    for (const SymbolStream& stream : streams) {
      chunks.emplace_back(stream.bytes.of(payload), stream.symbols);
      for (std::size_t chunk = 0; chunk < chunks.back().count(); ++chunk)
        parts.push_back({chunks.size() - 1, chunk, first + chunks.back().begin(chunk)});
      first += stream.symbols;
    }
    parallel_for(parts.size(), threads, [&](std::size_t i) {
      const LaneChunks& own = chunks[parts[i].stream];
      const std::size_t symbols = own.begin(parts[i].chunk + 1) - own.begin(parts[i].chunk);
      own.decode(parts[i].chunk, std::span(sorted).subspan(parts[i].first, symbols));
    });
    return {map != nullptr ? map->in_order(sorted) : std::move(sorted)};
  }
};

const bool registered = Registry<LayerCoder>::add("interleaved", "rANS states side by side",
                                                  [] { return std::make_unique<InterleavedLayer>(); });

}  // namespace
}  // namespace adagrain
