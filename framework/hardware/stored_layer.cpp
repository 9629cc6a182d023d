#include "framework/hardware/stored_layer.h"

#include <algorithm>
#include <bit>

#include "framework/compression/coders/metadata_stream.h"
#include "framework/compression/payload/payload_view.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

namespace {

StreamKind kind_of(const SymbolStream& stream, const PayloadView& view) {
  if (!stream.coded) return StreamKind::fixed_width;
  switch (view.needs().kind) {
    case DecoderKind::unpack:
      return StreamKind::fixed_width;
    case DecoderKind::table_ans:
      return StreamKind::table;
    case DecoderKind::interleaved_ans:
      return StreamKind::interleaved;
    case DecoderKind::adaptive_binary:
      return StreamKind::adaptive;
    case DecoderKind::other:
      break;
  }
  throw DataError(
      fmt::format("layer payload: the accelerator has no decoder for coder '{}'", view.coder_name()));
}

// A list of numbers as read_metadata takes it, its length taken off.
MetadataField field_of(MetadataKind kind, ByteReader& reader, std::uint32_t alphabet, std::size_t count,
                       bool coder) {
  MetadataField field{kind, {}, count, alphabet, coder && codes_metadata(alphabet, count)};
  const std::uint64_t packed = divide_up(std::uint64_t{field.width()} * count, 8);
  field.bytes = reader.take(field.coded ? reader.varint() : packed);
  return field;
}

class StoredLayerReader {
 public:
  StoredLayerReader(std::span<const std::uint8_t> payload, const Shape& shape) : view_(payload, shape) {}

  StoredLayer read() {
    layer_.shape = view_.shape();
    layer_.matrix = view_.code().shape;
    layer_.granularity = view_.granularity();
    layer_.coder = view_.coder_name();
    layer_.quantized = view_.head().quantized();
    layer_.masked = view_.head().pruning == StoredPruning::mask;
    layer_.cut = view_.cut();
    layer_.code = view_.code();
    layer_.coded = view_.coded();
    layer_.payload_bytes = view_.payload().size();
    layer_.metadata_bytes = view_.parts().side_bytes + view_.parts().table_bytes;
    read_units();
    read_groups();
    read_streams();
    return std::move(layer_);
  }

 private:
  bool codes() const { return view_.head().coder != kRawCoderId; }

  void add(MetadataKind kind, const ByteRange& range, std::uint32_t alphabet, std::size_t count) {
    if (range.size() == 0) return;
    ByteReader reader(range.of(view_.payload()), "layer payload");
    layer_.metadata.push_back(field_of(kind, reader, alphabet, count, codes()));
  }

  void read_units() {
    const PayloadRanges& ranges = view_.ranges();
    if (ranges.largest_step.size() > 0)
      layer_.metadata.push_back(
          {MetadataKind::largest_step, ranges.largest_step.of(view_.payload()), 0, 0, false});
    const std::vector<std::uint8_t>& steps = layer_.code.step_code;
    const std::size_t used =
        steps.size() - static_cast<std::size_t>(std::count(steps.begin(), steps.end(), 0));
    add(MetadataKind::step_codes, ranges.step_codes, 256, steps.size());
    add(MetadataKind::zero_levels, ranges.zero_levels, 256, used);
    add(MetadataKind::mask, ranges.mask, 2, layer_.cut.units.count);
  }

  void read_groups() {
    const TableChoice& choice = view_.grouping();
    layer_.tables = choice.tables;
    if (choice.tables == 1) return;
    layer_.grouping = choice.grouping;
    layer_.groups = choice.groups;
    layer_.table_of_group = choice.of_group;
    ByteReader reader(view_.ranges().grouping.of(view_.payload()), "layer payload");
    reader.take(1);  // the grouping byte, which the choice says
    const ScaleCodes& scales = choice.groups.scales();
    const auto list = [&](MetadataKind kind, std::uint32_t alphabet, std::size_t count) {
      layer_.metadata.push_back(field_of(kind, reader, alphabet, count, true));
    };
    if (!scales.row.empty()) list(MetadataKind::row_scales, kScaleCodes, scales.row.size());
    if (!scales.column.empty()) list(MetadataKind::column_scales, kScaleCodes, scales.column.size());
    list(MetadataKind::group_tables, choice.tables, choice.of_group.size());
  }

  void read_streams() {
    const CodedStreams& streams = view_.streams();
    layer_.lowest = streams.lowest;
    layer_.stride = streams.stride;
    if (streams.streams.empty()) return;
    const bool backward = view_.needs().backward;
    for (const SymbolStream& stream : streams.streams)
      layer_.streams.push_back({kind_of(stream, view_), stream.bytes.of(view_.payload()), stream.symbols,
                                stream.alphabet, stream.plane, stream.table, backward});
  }

  PayloadView view_;
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

std::uint64_t StoredLayer::side_bytes() const {
  std::uint64_t streamed = 0;
  for (const WeightStream& stream : streams) streamed += stream.bytes.size();
  return payload_bytes - streamed;
}

StoredLayer read_stored_layer(std::span<const std::uint8_t> payload, const Shape& shape) {
  return StoredLayerReader(payload, shape).read();
}

}  // namespace adagrain
