#include "framework/hardware/stored_layer.h"

#include <bit>
#include <cmath>

#include "framework/compression/payload/layer_payload.h"
#include "framework/core/bytes.h"

namespace adagrain {

namespace {

constexpr const char* kWhere = "layer payload";

class StoredLayerReader {
 public:
  StoredLayerReader(std::span<const std::uint8_t> payload, const Shape& shape)
      : payload_(payload), reader_(payload, kWhere) {
    layer_.shape = shape;
    layer_.code.shape = layer_.matrix = matrix_shape(shape);
    layer_.payload_bytes = payload.size();
  }

  StoredLayer read() {
    read_head();
    if (layer_.matrix.count() > 0) {
      layer_.cut = cut_layer(candidate_, layer_.matrix);
      if (head_.quantize) read_steps();
      if (stores_mask(head_)) {
        layer_.masked = true;
        layer_.code.alive = read_field(MetadataKind::mask, 2, layer_.cut.units.count);
      }
      layer_.coded = collect_coded(layer_.cut, layer_.code.alive, layer_.code.step_code);
      if (layer_.coded.count > 0) head_.quantize ? read_levels() : read_planes();
    }
    require<DataError>(reader_.remaining() == 0, "{}: {} bytes too many", kWhere, reader_.remaining());
    return std::move(layer_);
  }

 private:
  void read_head() {
    head_ = PayloadHead::parse(reader_.number<std::uint8_t>());
    for (const std::string& name : Registry<Granularity>::names())
      if (Registry<Granularity>::create(name)->id() == head_.granularity) candidate_.granularity = name;
    require<DataError>(!candidate_.granularity.empty(), "{}: granularity {} is unknown", kWhere,
                       head_.granularity);
    if (head_.granularity == kBlockId) {
      candidate_.parameters["block_rows"] = static_cast<double>(reader_.varint());
      candidate_.parameters["block_columns"] = static_cast<double>(reader_.varint());
    }
    layer_.granularity = candidate_.granularity;
    layer_.coder = head_.adaptive ? "adaptive" : head_.lanes ? "interleaved" : head_.ans ? "static" : "raw";
    layer_.quantized = layer_.code.quantized = head_.quantize;
    layer_.binary = head_.binary;
  }

  std::span<const std::uint8_t> take_stream(bool ans, std::uint32_t alphabet, std::size_t count) {
    return reader_.take(ans ? reader_.varint() : (raw_bits(alphabet, count) + 7) / 8);
  }

  std::vector<std::uint8_t> read_field(MetadataKind kind, std::uint32_t alphabet, std::size_t count) {
    const bool ans = codes_metadata(head_, alphabet, count);
    const auto bytes = take_stream(ans, alphabet, count);
    std::vector<std::uint16_t> symbols(count);
    coder_of(ans)->decode(bytes, {alphabet, 1}, {}, symbols);
    layer_.metadata.push_back({kind, bytes, count, alphabet, ans});
    return {symbols.begin(), symbols.end()};
  }

  void read_steps() {
    LayerCode& code = layer_.code;
    const std::size_t units = layer_.cut.step_units.count;
    const std::span<const std::uint8_t> step = reader_.take(sizeof(std::uint16_t));
    code.largest_step = step_as_stored(load_little_endian<std::uint16_t>(step.data()));
    require<DataError>(std::isfinite(code.largest_step) && !std::signbit(code.largest_step) &&
                           (units == 1 || code.largest_step > 0),
                       "{}: step is {}; finite and above 0", kWhere, code.largest_step);
    layer_.metadata.push_back({MetadataKind::largest_step, step, 0, 0, false});
    if (units == 1) {
      code.step_code = {std::uint8_t{code.largest_step > 0}};
    } else {
      code.step_code = read_field(MetadataKind::step_codes, 256, units);
    }
    if (!head_.asymmetric) return;
    std::size_t used = 0;
    for (const std::uint8_t step : code.step_code) used += step != 0;
    const auto zeros = read_field(MetadataKind::zero_levels, 256, used);
    std::size_t next = 0;
    for (const std::uint8_t step : code.step_code)
      code.zero_level.push_back(step == 0 ? std::uint8_t{0} : zeros[next++]);
  }

  void read_levels() {
    if (head_.adaptive) {
      layer_.streams.push_back(
          {StreamKind::adaptive, reader_.take(reader_.remaining()), layer_.coded.count, 65536});
      return;
    }
    std::uint64_t alphabet = head_.ans ? 65536 : 2;
    layer_.lowest = -1;
    layer_.stride = head_.binary ? 2 : 1;
    if (!head_.binary) {
      const std::uint64_t folded = reader_.varint();
      layer_.lowest = static_cast<std::int32_t>(static_cast<std::int64_t>(folded >> 1) ^
                                                -static_cast<std::int64_t>(folded & 1));
      if (!head_.ans) alphabet = reader_.varint() + 1;
      require<DataError>(folded < 1 << 17 && alphabet <= 65536 && alphabet > 0,
                         "{}: levels from {} in an alphabet of {}", kWhere, layer_.lowest, alphabet);
    }
    read_grouped(static_cast<std::uint32_t>(alphabet), false, -1);
  }

  void read_planes() {
    const std::uint8_t flags = head_.ans ? reader_.number<std::uint8_t>() : std::uint8_t{0};
    for (int turn = 0; turn < kPlanes; ++turn) {
      const int plane = head_.ans ? kPlanes - 1 - turn : turn;
      const bool coded = (flags >> plane & 1) != 0;
      if (coded && plane == kPlanes - 1) {
        read_grouped(256, true, plane);
      } else if (coded && head_.lanes) {
        add_interleaved(layer_.coded.count, plane, -1);
      } else {
        add_stream(coded ? StreamKind::table : StreamKind::fixed_width,
                   take_stream(coded, 256, layer_.coded.count), 256, plane);
      }
    }
    for (WeightStream& stream : layer_.streams) stream.backward = layer_.coder == "interleaved";
  }

  void read_grouped(std::uint32_t alphabet, bool delimited, int plane) {
    if (head_.grouped || head_.lanes) {
      const auto grouping = GroupingByte::parse(reader_.number<std::uint8_t>());
      require<DataError>(grouping && grouping->tables >= 1 && grouping->tables <= kLargestTables,
                         "{}: grouping is unknown", kWhere);
      layer_.tables = grouping->tables;
      layer_.grouping = grouping->grouping;
      if (layer_.tables > 1) {
        read_groups(*grouping);
        layer_.table_of_group = read_field(MetadataKind::group_tables, layer_.tables, layer_.groups.count());
      }
    }
    if (head_.lanes) return add_interleaved_tables(plane);
    const auto bytes = head_.ans && !delimited ? reader_.take(reader_.remaining())
                                               : take_stream(head_.ans, alphabet, layer_.coded.count);
    add_stream(head_.ans ? StreamKind::table : StreamKind::fixed_width, bytes, alphabet, plane);
  }

  void read_groups(const GroupingByte& grouping) {
    if (grouping.grouping != Grouping::scales) {
      const UnitMap units = grouping.grouping == Grouping::rows     ? rows_of(layer_.matrix)
                            : grouping.grouping == Grouping::blocks ? blocks_of(layer_.matrix)
                                                                    : layer_.cut.units;
      layer_.groups = WeightGroups::by_units(layer_.coded, units);
      return;
    }
    ScaleCodes scales;
    if (grouping.row_codes)
      scales.row =
          read_field(MetadataKind::row_scales, kScaleCodes, static_cast<std::size_t>(layer_.matrix.rows));
    if (grouping.column_codes)
      scales.column = read_field(MetadataKind::column_scales, kScaleCodes,
                                 static_cast<std::size_t>(layer_.matrix.columns));
    layer_.groups = WeightGroups::by_scales(layer_.coded, std::move(scales), layer_.matrix);
  }

  void add_interleaved_tables(int plane) {
    if (layer_.tables == 1) return add_interleaved(layer_.coded.count, plane, -1);
    const TableMap map(layer_.coded, layer_.matrix, layer_.groups, layer_.table_of_group, layer_.tables);
    for (std::uint32_t table = 0; table < layer_.tables; ++table)
      add_interleaved(map.begin()[table + 1] - map.begin()[table], plane, static_cast<int>(table));
  }

  void add_interleaved(std::uint64_t symbols, int plane, int table) {
    layer_.streams.push_back(
        {StreamKind::interleaved, reader_.take(reader_.varint()), symbols, 256, plane, table, true});
  }

  void add_stream(StreamKind kind, std::span<const std::uint8_t> bytes, std::uint32_t alphabet, int plane) {
    layer_.streams.push_back({kind, bytes, layer_.coded.count, alphabet, plane});
  }

  std::span<const std::uint8_t> payload_;
  ByteReader reader_;
  PayloadHead head_;
  Candidate candidate_;
  StoredLayer layer_;
};

}  // namespace

std::string stream_kind_name(StreamKind kind) {
  switch (kind) {
    case StreamKind::fixed_width:
      return "fixed width";
    case StreamKind::table:
      return "table";
    case StreamKind::interleaved:
      return "interleaved";
    case StreamKind::adaptive:
      return "adaptive";
  }
  throw InternalError("unknown kind of stream");
}

std::string metadata_kind_name(MetadataKind kind) {
  switch (kind) {
    case MetadataKind::largest_step:
      return "largest step";
    case MetadataKind::step_codes:
      return "step codes";
    case MetadataKind::zero_levels:
      return "zero levels";
    case MetadataKind::mask:
      return "mask";
    case MetadataKind::row_scales:
      return "scales of rows";
    case MetadataKind::column_scales:
      return "scales of columns";
    case MetadataKind::group_tables:
      return "tables of groups";
  }
  throw InternalError("unknown kind of metadata");
}

std::uint32_t MetadataField::width() const {
  return alphabet == 0 ? 0 : static_cast<std::uint32_t>(std::bit_width(alphabet - 1));
}

std::uint64_t StoredLayer::metadata_bytes() const {
  std::uint64_t streamed = 0;
  for (const WeightStream& stream : streams) streamed += stream.bytes.size();
  return payload_bytes - streamed;
}

StoredLayer read_stored_layer(std::span<const std::uint8_t> payload, const Shape& shape) {
  return StoredLayerReader(payload, shape).read();
}

}  // namespace adagrain
