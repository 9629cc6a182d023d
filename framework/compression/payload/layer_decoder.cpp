#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/grouping/table_map.h"
#include "framework/compression/payload/dequantize.h"
#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/core/bytes.h"
#include "framework/core/parallel.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

constexpr const char* kWhere = "layer payload";

std::vector<std::uint8_t> narrow(const std::vector<std::uint16_t>& symbols) {
  return {symbols.begin(), symbols.end()};
}

class PayloadReader {
 public:
  PayloadReader(std::span<const std::uint8_t> payload, const Shape& shape, int threads)
      : shape_(shape), threads_(threads), bytes_(payload), reader_(payload, kWhere) {
    code_.shape = matrix_shape(shape);
    read_head();
  }

  DecodedLayer read() {
    if (code_.shape.count() > 0) {
      cut_ = cut_layer(info_.candidate, code_.shape);
      info_.units = cut_.units.count;
      if (head_.quantize) read_steps();
      if (stores_mask(head_)) read_mask();
      coded_ = collect_coded(cut_, code_.alive, code_.step_code);
      info_.coded_symbols = coded_.count;
      if (head_.quantize) {
        read_levels();
      } else {
        read_planes();
      }
    }
    require<DataError>(reader_.remaining() == 0, "{}: {} bytes too many", kWhere, reader_.remaining());
    PayloadParts& parts = info_.parts;
    parts.metadata_bytes = bytes_.size() - parts.table_bytes - parts.data_bytes;
    return {std::move(weights_), std::move(info_)};
  }

 private:
  void read_head() {
    head_ = PayloadHead::parse(reader_.number<std::uint8_t>());
    for (const std::string& name : Registry<Granularity>::names()) {
      if (Registry<Granularity>::create(name)->id() == head_.granularity) info_.candidate.granularity = name;
    }
    require<DataError>(!info_.candidate.granularity.empty(), "{}: granularity {} is unknown", kWhere,
                       head_.granularity);
    if (head_.prune) info_.candidate.scheme.emplace_back("prune");
    if (head_.quantize) info_.candidate.scheme.emplace_back("quantize");
    if (head_.ans) info_.candidate.scheme.emplace_back("ans");
    require<DataError>(head_.quantize || !(head_.asymmetric || head_.binary),
                       "{}: levels without quantisation", kWhere);
    require<DataError>(!(head_.asymmetric && head_.binary), "{}: binary levels with zero levels", kWhere);
    if (head_.granularity == kBlockId) {
      info_.candidate.parameters["block_rows"] = static_cast<double>(reader_.varint());
      info_.candidate.parameters["block_columns"] = static_cast<double>(reader_.varint());
    }
    try {
      check_candidate(info_.candidate, kWhere);
    } catch (const ConfigError& error) {
      throw DataError(error.what());  // here the file is to blame, not a configuration
    }
    require<DataError>((!head_.adaptive && !head_.lanes) || head_.ans,
                       "{}: adaptive and interleaved coding without ANS", kWhere);
    require<DataError>(!head_.adaptive || head_.quantize, "{}: adaptive coding is for levels", kWhere);
    info_.coder = head_.adaptive ? "adaptive" : head_.lanes ? "interleaved" : head_.ans ? "static" : "raw";
  }

  // A stream that more follows: its length is written, or known where nothing is coded.
  std::span<const std::uint8_t> take_stream(bool ans, std::uint32_t alphabet, std::size_t count) {
    return reader_.take(ans ? reader_.varint() : (raw_bits(alphabet, count) + 7) / 8);
  }

  std::vector<std::uint16_t> read_metadata(std::uint32_t alphabet, std::size_t count) {
    std::vector<std::uint16_t> symbols(count);
    const bool ans = codes_metadata(head_, alphabet, count);
    coder_of(ans)->decode(take_stream(ans, alphabet, count), {alphabet, 1}, {}, symbols);
    return symbols;
  }

  void read_steps() {
    code_.quantized = true;
    const bool single = cut_.step_units.count == 1;
    code_.largest_step = step_as_stored(reader_.number<std::uint16_t>());
    require<DataError>(std::isfinite(code_.largest_step) && !std::signbit(code_.largest_step) &&
                           (single || code_.largest_step > 0),
                       "{}: step is {}; finite and above 0", kWhere, code_.largest_step);
    if (!single) {
      code_.step_code = narrow(read_metadata(256, cut_.step_units.count));
    } else {
      code_.step_code = {std::uint8_t{code_.largest_step > 0}};
    }
    std::size_t used = 0;
    for (const std::uint8_t step_code : code_.step_code) used += step_code != 0;
    if (cut_.step_units.count == cut_.units.count)
      info_.dead_units = cut_.units.count - static_cast<std::uint32_t>(used);
    if (!head_.asymmetric) return;
    const std::vector<std::uint16_t> zero_levels = read_metadata(256, used);
    std::size_t next = 0;
    for (const std::uint8_t step_code : code_.step_code) {
      code_.zero_level.push_back(step_code == 0 ? 0 : static_cast<std::uint8_t>(zero_levels[next++]));
    }
  }

  void read_mask() {
    code_.alive = narrow(read_metadata(2, cut_.units.count));
    info_.dead_units = 0;
    for (const std::uint8_t alive : code_.alive) info_.dead_units += alive == 0;
  }

  void read_levels() {
    if (coded_.count == 0) return take_levels(LevelSymbols<std::int32_t>());
    if (head_.adaptive) return read_adaptive();
    std::int64_t lowest = -1;
    std::uint64_t alphabet = head_.ans ? 65536 : 2;
    if (!head_.binary) {
      const std::uint64_t folded = reader_.varint();
      lowest = static_cast<std::int64_t>(folded >> 1) ^ -static_cast<std::int64_t>(folded & 1);
      if (!head_.ans) alphabet = reader_.varint() + 1;
      require<DataError>(folded < 1 << 17 && alphabet <= 65536 && alphabet > 0,
                         "{}: levels from {} in an alphabet of {}", kWhere, lowest, alphabet);
    }
    read_grouped(static_cast<std::uint32_t>(alphabet), false, [&](const auto& symbols) {
      using Symbol = typename std::decay_t<decltype(symbols)>::value_type;
      take_levels(
          LevelSymbols<Symbol>{symbols, false, static_cast<std::int32_t>(lowest), head_.binary ? 2 : 1});
    });
  }

  void read_adaptive() {
    const auto stream = reader_.rest();
    std::vector<std::int32_t> levels(static_cast<std::size_t>(code_.shape.count()));
    const std::vector<std::uint32_t> elements = coded_.elements();
    decode_adaptive(stream, level_grid(shape_, elements), levels);
    reader_.take(stream.size());
    info_.parts.data_bytes += stream.size();
    if (!code_.zero_level.empty()) {  // the stream's levels are around zero
      for (const ElementRange& range : coded_.ranges) {
        for_each_unit_run(cut_.step_units, range.begin, range.end,
                          [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                            for (; begin < end; ++begin) levels[begin] += code_.zero_level[unit];
                          });
      }
    }
    take_levels(LevelSymbols<std::int32_t>{levels, true});
  }

  template <typename Symbol>
  void take_levels(const LevelSymbols<Symbol>& symbols) {
    DequantizedLevels levels = dequantize(code_, cut_, coded_, symbols);
    weights_ = std::move(levels.weights);
    info_.nonzero_weights = levels.nonzero;
    const auto range = static_cast<std::uint32_t>(levels.highest - levels.lowest);
    info_.levels = {code_.largest_step, cut_.step_units.count == 1, !head_.asymmetric, levels.lowest,
                    levels.highest,
                    // Binary levels are two, -1 and +1, with no 0 between them.
                    coded_.count > 0 && head_.binary ? 1 : static_cast<std::uint32_t>(std::bit_width(range))};
  }

  void read_planes() {
    weights_.resize(static_cast<std::size_t>(code_.shape.count()));
    if (coded_.count == 0) return;
    std::vector<std::uint32_t> bits(coded_.count);
    const std::uint8_t flags = head_.ans ? reader_.number<std::uint8_t>() : 0;
    require<DataError>(flags < 1 << kPlanes, "{}: plane flags {} are unknown", kWhere, flags);
    for (int turn = 0; turn < kPlanes; ++turn) {
      const int plane = head_.ans ? kPlanes - 1 - turn : turn;
      read_plane((flags >> plane & 1) != 0, plane == kPlanes - 1, [&](const auto& symbols) {
        for (std::size_t i = 0; i < bits.size(); ++i) bits[i] |= std::uint32_t{symbols[i]} << (8 * plane);
      });
    }
    const std::uint32_t* next = bits.data();
    for (const ElementRange& range : coded_.ranges) {
      for (std::uint32_t element = range.begin; element < range.end; ++element) {
        weights_[element] = std::bit_cast<float>(sign_first(*next++));
        info_.nonzero_weights += weights_[element] != 0;
      }
    }
  }

  // All that reads symbols hands them to take(symbols), as a vector of bytes or of 16-bit numbers.
  template <typename Take>
  void read_plane(bool coded, bool exponents, const Take& take) {
    if (coded && exponents) return read_grouped(256, true, take);
    if (coded && head_.lanes) return take(read_lanes(nullptr));
    take(read_static(coded, take_stream(coded, 256, coded_.count), {256, 1}, {}));
  }

  std::vector<std::uint16_t> read_static(bool ans, std::span<const std::uint8_t> stream,
                                         const StreamShape& shape, std::span<const std::uint8_t> table_of) {
    std::vector<std::uint16_t> symbols(coded_.count);
    const std::uint64_t table_bytes = coder_of(ans)->decode(stream, shape, table_of, symbols);
    info_.parts.table_bytes += table_bytes;
    info_.parts.data_bytes += stream.size() - table_bytes;
    return symbols;
  }

  // A stream of static tables has its length first where it is `delimited`, else it goes to the end of the
  // payload.
  template <typename Take>
  void read_grouped(std::uint32_t alphabet, bool delimited, const Take& take) {
    std::uint32_t tables = 1;
    WeightGroups groups;
    std::vector<std::uint8_t> table_of_group;
    if (head_.grouped || head_.lanes) {
      const std::size_t before = reader_.position();
      const auto byte = reader_.number<std::uint8_t>();
      const std::optional<GroupingByte> grouping = GroupingByte::parse(byte);
      const bool allowed =
          grouping && grouping->tables <= kLargestTables &&
          (grouping->tables > 1 ? grouping->grouping != Grouping::units || head_.granularity >= kBlockId
                                : head_.lanes && byte == 1);
      require<DataError>(allowed,
                         "{}: grouping {:#x}; allowed: 2 to {} tables by one grouping, by units at block and "
                         "feature_map alone, or one where streams are interleaved",
                         kWhere, byte, kLargestTables);
      tables = grouping->tables;
      if (tables > 1) groups = read_groups(*grouping);
      table_of_group = narrow(read_metadata(tables, groups.count()));
      info_.parts.table_bytes += reader_.position() - before;
    }
    std::optional<TableMap> map;
    if (tables > 1) map.emplace(coded_, code_.shape, groups, table_of_group, tables);
    if (head_.lanes) return take(read_lanes(map ? &*map : nullptr));
    const std::vector<std::uint8_t> table_of = map ? map->tables() : std::vector<std::uint8_t>();
    const auto stream = head_.ans && !delimited ? reader_.take(reader_.remaining())
                                                : take_stream(head_.ans, alphabet, coded_.count);
    take(read_static(head_.ans, stream, {alphabet, tables}, table_of));
  }

  WeightGroups read_groups(const GroupingByte& grouping) {
    switch (grouping.grouping) {
      case Grouping::units:
        return WeightGroups::by_units(coded_, cut_.units);
      case Grouping::rows:
        return WeightGroups::by_units(coded_, rows_of(code_.shape));
      case Grouping::blocks:
        return WeightGroups::by_units(coded_, blocks_of(code_.shape));
      case Grouping::scales:
        break;
    }
    ScaleCodes scales;
    if (grouping.row_codes)
      scales.row = narrow(read_metadata(kScaleCodes, static_cast<std::size_t>(code_.shape.rows)));
    if (grouping.column_codes) {
      scales.column = narrow(read_metadata(kScaleCodes, static_cast<std::size_t>(code_.shape.columns)));
    }
    return WeightGroups::by_scales(coded_, std::move(scales), code_.shape);
  }

  // A stream for the symbols of each table; one for all without a map.
  Bytes read_lanes(const TableMap* map) {
    Bytes sorted(coded_.count);
    const std::array<std::size_t, 2> whole = {0, sorted.size()};
    const std::span<const std::size_t> begin = map != nullptr ? map->begin() : whole;
    struct Part {  // a chunk of a table's stream
      std::size_t table, chunk;
    };
    std::vector<LaneChunks> streams;
    std::vector<Part> parts;
    for (std::size_t table = 0; table + 1 < begin.size(); ++table) {
      const auto stream = reader_.take(reader_.varint());
      streams.emplace_back(stream, begin[table + 1] - begin[table]);
      for (std::size_t chunk = 0; chunk < streams.back().count(); ++chunk) parts.push_back({table, chunk});
      info_.parts.data_bytes += stream.size();
    }
    parallel_for(parts.size(), threads_, [&](std::size_t i) {
      const auto [table, chunk] = parts[i];
      const std::size_t first = streams[table].begin(chunk), last = streams[table].begin(chunk + 1);
      streams[table].decode(chunk, std::span(sorted).subspan(begin[table] + first, last - first));
    });
    if (map != nullptr) return map->in_order(sorted);
    return sorted;
  }

  const Shape& shape_;
  int threads_;
  std::span<const std::uint8_t> bytes_;
  ByteReader reader_;
  PayloadHead head_;
  LayerCode code_;
  LayerUnits cut_;
  CodedWeights coded_;
  std::vector<float> weights_;
  PayloadInfo info_;
};

}  // namespace

DecodedLayer decode_layer(std::span<const std::uint8_t> payload, const Shape& shape, int threads) {
  return PayloadReader(payload, shape, threads).read();
}

}  // namespace adagrain
