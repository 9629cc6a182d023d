#include "framework/compression/payload/payload_view.h"

#include <algorithm>
#include <cmath>

#include "framework/compression/coders/metadata_stream.h"
#include "framework/compression/grouping/stored_grouping.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

constexpr const char* kWhere = "layer payload";

std::uint32_t count_zeros(std::span<const std::uint8_t> flags) {
  return static_cast<std::uint32_t>(std::count(flags.begin(), flags.end(), 0));
}

// The bytes that `read` takes from the reader.
template <typename Read>
ByteRange range_of(ByteReader& reader, const Read& read) {
  const std::size_t begin = reader.position();
  read();
  return {begin, reader.position()};
}

}  // namespace

PayloadView::PayloadView(std::span<const std::uint8_t> payload, const Shape& shape)
    : payload_(payload), shape_(shape) {
  ByteReader reader(payload, kWhere);
  code_.shape = matrix_shape(shape);
  ranges_.head = range_of(reader, [&] {
    head_ = read_head(reader);
    read_granularity(reader);
  });
  auto coder = coder_of_id(head_.coder);
  require<DataError>(coder.has_value(), "{}: coder {} is unknown", kWhere, head_.coder);
  coder_ = std::move(*coder);
  if (code_.shape.count() > 0) {
    cut_ = cut_layer(granularity_, granularity_parameters_, code_.shape);
    if (head_.quantized()) read_steps(reader);
    if (head_.pruning == StoredPruning::mask) read_mask(reader);
    coded_ = collect_coded(cut_, code_.alive, code_.step_code);
    if (coded_.count > 0) {
      if (head_.grouped) read_tables(reader);
      read_streams(reader);
    }
  }
  require<DataError>(reader.remaining() == 0, "{}: {} bytes too many", kWhere, reader.remaining());
  require<DataError>(coded_.count > 0 || !head_.grouped, "{}: groups of no weights", kWhere);
  parts_.table_bytes = ranges_.grouping.size() + streams_.table_bytes;
  parts_.data_bytes = ranges_.coder.size() - streams_.table_bytes;
  for (const ByteRange& side :
       {ranges_.head, ranges_.largest_step, ranges_.step_codes, ranges_.zero_levels, ranges_.mask})
    parts_.side_bytes += side.size();
}

CodedLayout PayloadView::layout() const {
  return {shape_, code_.shape, cut_, coded_, head_.quantized(), code_.zero_level, tables()};
}

DecoderNeeds PayloadView::needs() const {
  return coded_.count == 0 ? DecoderNeeds{} : coder().needs(payload_, streams_, layout());
}

void PayloadView::read_granularity(ByteReader& reader) {
  std::unique_ptr<Granularity> granularity;
  for (const std::string& name : Registry<Granularity>::names()) {
    auto each = Registry<Granularity>::create(name);
    if (each->id() != head_.granularity) continue;
    granularity_ = name;
    granularity = std::move(each);
  }
  require<DataError>(granularity != nullptr, "{}: granularity {} is unknown", kWhere, head_.granularity);
  for (const ParameterSpec& spec : granularity->parameters()) {
    const auto value = static_cast<double>(reader.varint());
    const std::string refusal = value_refusal(spec, value);
    require<DataError>(refusal.empty(), "{}: {} {}", kWhere, spec.name, refusal);
    granularity_parameters_.emplace(spec.name, value);
  }
}

std::vector<std::uint8_t> PayloadView::read_numbers(ByteReader& reader, std::uint32_t alphabet,
                                                    std::size_t count) const {
  return read_metadata(reader, alphabet, count, head_.coder != kRawCoderId);
}

void PayloadView::read_steps(ByteReader& reader) {
  code_.quantized = true;
  const bool single = cut_.step_units.count == 1;
  ranges_.largest_step =
      range_of(reader, [&] { code_.largest_step = step_as_stored(reader.number<std::uint16_t>()); });
  require<DataError>(std::isfinite(code_.largest_step) && !std::signbit(code_.largest_step) &&
                         (single || code_.largest_step > 0),
                     "{}: step is {}; finite and above 0", kWhere, code_.largest_step);
  if (single) {
    code_.step_code = {std::uint8_t{code_.largest_step > 0}};
  } else {
    ranges_.step_codes =
        range_of(reader, [&] { code_.step_code = read_numbers(reader, 256, cut_.step_units.count); });
  }
  const std::uint32_t zero_units = count_zeros(code_.step_code);
  if (cut_.step_units.count == cut_.units.count) dead_units_ = zero_units;
  if (head_.values != StoredValues::asymmetric_levels) return;
  ranges_.zero_levels = range_of(reader, [&] {
    const auto stored = read_numbers(reader, 256, cut_.step_units.count - zero_units);
    auto next = stored.begin();
    for (const std::uint8_t step_code : code_.step_code)
      code_.zero_level.push_back(step_code == 0 ? 0 : *next++);
  });
}

void PayloadView::read_mask(ByteReader& reader) {
  ranges_.mask = range_of(reader, [&] { code_.alive = read_numbers(reader, 2, cut_.units.count); });
  dead_units_ = count_zeros(code_.alive);
}

void PayloadView::read_tables(ByteReader& reader) {
  ranges_.grouping = range_of(reader, [&] { grouping_ = read_grouping(reader, coded_, cut_, code_.shape); });
  tables_.emplace(coded_, code_.shape, grouping_.groups, grouping_.of_group, grouping_.tables);
}

void PayloadView::read_streams(ByteReader& reader) {
  ranges_.coder = range_of(reader, [&] { streams_ = coder().split(reader, layout()); });
}

}  // namespace adagrain
