#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/layer_codec.h"
#include "framework/compression/layer_payload.h"
#include "framework/compression/table_choice.h"
#include "framework/core/bytes.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

constexpr const char* kWhere = "layer payload";

class PayloadReader {
 public:
  PayloadReader(std::span<const std::uint8_t> payload, const Shape& shape)
      : shape_(shape), bytes_(payload), reader_(payload, kWhere) {
    code_.shape = matrix_shape(shape);
    read_head();
  }

  DecodedLayer read() {
    const auto count = static_cast<std::size_t>(code_.shape.count());
    if (count > 0) {
      cut_ = cut_layer(info_.candidate, code_.shape);
      info_.units = cut_.units.count;
      code_.values.resize(head_.quantize ? 0 : count);
      code_.levels.resize(head_.quantize ? count : 0);
      if (head_.quantize) read_steps();
      if (stores_mask(head_)) read_mask();
      coded_ = collect_coded(cut_, code_.alive, code_.step_code);
      info_.coded_symbols = coded_.element.size();
      if (head_.quantize) {
        read_levels();
        describe_levels();
      } else {
        read_planes();
      }
    }
    require<DataError>(reader_.remaining() == 0, "{}: {} bytes too many", kWhere, reader_.remaining());
    PayloadParts& parts = info_.parts;
    parts.metadata_bytes = bytes_.size() - parts.table_bytes - parts.data_bytes;
    DecodedLayer decoded{reconstruct(code_, cut_), std::move(info_)};
    for (const float weight : decoded.weights) decoded.info.nonzero_weights += weight != 0;
    return decoded;
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

  void read_data(bool ans, std::span<const std::uint8_t> stream, const StreamShape& shape,
                 const TableSelector& table_of, std::span<std::uint16_t> symbols) {
    const std::uint64_t table_bytes = coder_of(ans)->decode(stream, shape, table_of, symbols);
    info_.parts.table_bytes += table_bytes;
    info_.parts.data_bytes += stream.size() - table_bytes;
  }

  void read_steps() {
    code_.quantized = true;
    const bool single = cut_.step_units.count == 1;
    code_.largest_step = step_as_stored(reader_.number<std::uint16_t>());
    require<DataError>(std::isfinite(code_.largest_step) && !std::signbit(code_.largest_step) &&
                           (single || code_.largest_step > 0),
                       "{}: step is {}; finite and above 0", kWhere, code_.largest_step);
    if (!single) {
      const std::vector<std::uint16_t> codes = read_metadata(256, cut_.step_units.count);
      code_.step_code.assign(codes.begin(), codes.end());
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
    const std::vector<std::uint16_t> mask = read_metadata(2, cut_.units.count);
    code_.alive.assign(mask.begin(), mask.end());
    info_.dead_units = 0;
    for (const std::uint8_t alive : code_.alive) info_.dead_units += alive == 0;
  }

  void read_adaptive() {
    const auto stream = reader_.rest();
    decode_adaptive(stream, level_grid(shape_, coded_), code_.levels);
    reader_.take(stream.size());
    info_.parts.data_bytes += stream.size();
    if (code_.zero_level.empty()) return;
    for (const std::uint32_t element : coded_.element) {
      code_.levels[element] += code_.zero_level[cut_.step_units.of(element)];
    }
  }

  void read_levels() {
    if (coded_.element.empty()) return;
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
    std::vector<std::uint16_t> symbols(coded_.element.size());
    read_grouped(static_cast<std::uint32_t>(alphabet), symbols, false);
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      code_.levels[coded_.element[i]] =
          static_cast<std::int32_t>(lowest + (head_.binary ? 2 * symbols[i] : symbols[i]));
    }
  }

  void describe_levels() {
    StoredLevels stored{code_.largest_step, cut_.step_units.count == 1, !head_.asymmetric};
    if (!coded_.element.empty()) {
      stored.lowest = stored.highest = code_.levels[coded_.element[0]];
      for (const std::uint32_t element : coded_.element) {
        stored.lowest = std::min(stored.lowest, code_.levels[element]);
        stored.highest = std::max(stored.highest, code_.levels[element]);
      }
      const auto range = static_cast<std::uint32_t>(stored.highest - stored.lowest);
      // Binary levels are two, -1 and +1, with no 0 between them.
      stored.bits = head_.binary ? 1 : static_cast<std::uint32_t>(std::bit_width(range));
    }
    info_.levels = stored;
  }

  void read_planes() {
    if (coded_.element.empty()) return;
    std::vector<std::uint32_t> bits(coded_.element.size());
    std::vector<std::uint16_t> plane_symbols(bits.size());
    const std::uint8_t flags = head_.ans ? reader_.number<std::uint8_t>() : 0;
    require<DataError>(flags < 1 << kPlanes, "{}: plane flags {} are unknown", kWhere, flags);
    for (int turn = 0; turn < kPlanes; ++turn) {
      const int plane = head_.ans ? kPlanes - 1 - turn : turn;
      read_plane((flags >> plane & 1) != 0, plane == kPlanes - 1, plane_symbols);
      for (std::size_t i = 0; i < bits.size(); ++i) bits[i] |= std::uint32_t{plane_symbols[i]} << (8 * plane);
    }
    for (std::size_t i = 0; i < bits.size(); ++i) {
      code_.values[coded_.element[i]] = std::bit_cast<float>(sign_first(bits[i]));
    }
  }

  void read_plane(bool coded, bool exponents, std::span<std::uint16_t> symbols) {
    if (coded && exponents) return read_grouped(256, symbols, true);
    if (coded && head_.lanes) return read_lanes({}, {}, 1, symbols);
    read_data(coded, take_stream(coded, 256, symbols.size()), {256, 1}, {}, symbols);
  }

  // The static coder's stream: its length first where it is `delimited`, else to the end of the payload.
  void read_static(const StreamShape& shape, const TableSelector& table_of, std::span<std::uint16_t> symbols,
                   bool delimited) {
    const auto stream = head_.ans && !delimited ? reader_.take(reader_.remaining())
                                                : take_stream(head_.ans, shape.alphabet, symbols.size());
    read_data(head_.ans, stream, shape, table_of, symbols);
  }

  void read_grouped(std::uint32_t alphabet, std::span<std::uint16_t> symbols, bool delimited) {
    if (!head_.grouped && !head_.lanes) return read_static({alphabet, 1}, {}, symbols, delimited);
    const std::size_t before = reader_.position();
    const auto byte = reader_.number<std::uint8_t>();
    const std::uint32_t tables = byte & 15;
    require<DataError>(tables >= (head_.lanes ? 1u : 2u) && tables <= kLargestTables && byte < 64 &&
                           (tables > 1 || byte < 16) &&
                           (head_.granularity >= kBlockId ? byte < 16 : tables == 1 || byte >= 16),
                       "{}: tables and scale codes {:#x}; up to {} tables are allowed, with scale codes at "
                       "layer and element alone",
                       kWhere, byte, kLargestTables);
    const bool grouped = tables > 1;
    const Grouping grouping = grouped ? read_grouping((byte & 16) != 0, (byte & 32) != 0) : Grouping();
    const std::vector<std::uint16_t> table = read_metadata(tables, grouping.groups);
    info_.parts.table_bytes += reader_.position() - before;
    if (head_.lanes) return read_lanes(grouping, table, tables, symbols);
    read_static(
        {alphabet, tables},
        [&](std::size_t i) { return static_cast<std::uint8_t>(table[grouping.group[i]]); }, symbols,
        delimited);
  }

  Grouping read_grouping(bool rows, bool columns) {
    if (!rows && !columns) return group_by_units(coded_, cut_.units);
    const auto codes = [&](bool stored, std::int64_t count) {
      if (!stored) return std::vector<std::uint8_t>();
      const std::vector<std::uint16_t> wide = read_metadata(kScaleCodes, static_cast<std::size_t>(count));
      return std::vector<std::uint8_t>(wide.begin(), wide.end());
    };
    ScaleCodes scales;
    scales.row = codes(rows, code_.shape.rows);
    scales.column = codes(columns, code_.shape.columns);
    return group_by_scales(coded_, scales, code_.shape);
  }

  // A stream for the symbols of each table.
  void read_lanes(const Grouping& grouping, const std::vector<std::uint16_t>& table, std::uint32_t tables,
                  std::span<std::uint16_t> symbols) {
    std::array<std::size_t, kLargestTables + 1> begin{};
    begin[1] = tables == 1 ? symbols.size() : 0;
    for (const std::uint32_t group : grouping.group) ++begin[table[group] + 1u];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    Bytes sorted(symbols.size());
    for (std::uint32_t each = 0; each < tables; ++each) {
      const auto stream = reader_.take(reader_.varint());
      decode_lanes(stream, std::span(sorted).subspan(begin[each], begin[each + 1] - begin[each]));
      info_.parts.data_bytes += stream.size();
    }
    if (tables == 1) {
      std::copy(sorted.begin(), sorted.end(), symbols.begin());
    } else {
      for (std::size_t i = 0; i < symbols.size(); ++i) symbols[i] = sorted[begin[table[grouping.group[i]]]++];
    }
  }

  const Shape& shape_;
  std::span<const std::uint8_t> bytes_;
  ByteReader reader_;
  PayloadHead head_;
  LayerCode code_;
  LayerUnits cut_;
  CodedWeights coded_;
  PayloadInfo info_;
};

}  // namespace

DecodedLayer decode_layer(std::span<const std::uint8_t> payload, const Shape& shape) {
  return PayloadReader(payload, shape).read();
}

}  // namespace adagrain
