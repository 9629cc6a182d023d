#include "framework/hardware/layer_state.h"

#include <algorithm>
#include <cmath>

#include "framework/core/bytes.h"
#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

void LayerState::begin(bool quantized, bool own_steps, bool zeros, bool mask, std::uint64_t rows,
                       std::uint64_t columns) {
  require<DataError>(rows == static_cast<std::uint64_t>(tensor_.rows) &&
                         columns == static_cast<std::uint64_t>(tensor_.columns),
                     "program: a layer of {} x {}; the tensor has {} x {}", rows, columns, tensor_.rows,
                     tensor_.columns);
  code_.shape = tensor_;
  code_.quantized = quantized;
  zeros_ = zeros;
  mask_ = mask;
  cut_ = {one_unit(tensor_), one_unit(tensor_)};
  require<DataError>(quantized || !own_steps, "program: units with steps of float32 numbers");
  own_steps_ = own_steps;
}

void LayerState::group(std::uint32_t use, std::uint32_t tables, std::uint32_t scales, std::uint32_t high,
                       std::uint32_t wide) {
  const auto side = [](std::uint32_t given, std::int64_t all) {
    return given == 0 ? std::max<std::int64_t>(1, all) : static_cast<std::int64_t>(given);
  };
  const UnitMap tiles = tile_units(tensor_, side(high, tensor_.rows), side(wide, tensor_.columns));
  if (use == 0) {
    cut_.units = tiles;
    if (own_steps_) cut_.step_units = tiles;
    return;
  }
  require<DataError>(tables >= 2 && tables <= kLargestTables,
                     "program: groups of {} tables; 2 to {} are allowed", tables, kLargestTables);
  tables_ = tables;
  scales_ = scales;
  if (scales == 0) group_units_ = tiles;
}

void LayerState::largest_step(std::span<const std::uint8_t> bytes) {
  require<DataError>(code_.quantized && bytes.size() == sizeof(std::uint16_t), "program: a step of {} bytes",
                     bytes.size());
  code_.largest_step = step_as_stored(load_little_endian<std::uint16_t>(bytes.data()));
  if (cut_.step_units.count != 1) return;
  code_.step_code = {std::uint8_t{code_.largest_step > 0}};
  steps_ = {code_.largest_step};
}

MetadataField LayerState::field(MetadataKind kind, std::span<const std::uint8_t> bytes, bool coded) {
  MetadataField field{kind, bytes, 0, 256, coded};
  switch (kind) {
    case MetadataKind::step_codes:
      field.symbols = cut_.step_units.count;
      break;
    case MetadataKind::zero_levels:
      require<DataError>(zeros_, "program: zero levels of a layer that has none");
      for (const std::uint8_t step : code_.step_code) field.symbols += step != 0;
      break;
    case MetadataKind::mask:
      require<DataError>(mask_, "program: a mask of a layer that has none");
      field.symbols = cut_.units.count;
      field.alphabet = 2;
      break;
    case MetadataKind::row_scales:
    case MetadataKind::column_scales:
      field.symbols =
          static_cast<std::uint64_t>(kind == MetadataKind::row_scales ? tensor_.rows : tensor_.columns);
      field.alphabet = kScaleCodes;
      break;
    case MetadataKind::group_tables:
      groups_ = group_units_ ? WeightGroups::by_units(this->coded(), *group_units_)
                             : WeightGroups::by_scales(this->coded(), scale_codes_, tensor_);
      field.symbols = groups_.count();
      field.alphabet = tables_;
      break;
    default:
      throw DataError(fmt::format("program: metadata of the unknown kind {}", static_cast<int>(kind)));
  }
  return field;
}

void LayerState::fill(const MetadataField& field, std::span<const std::int32_t> symbols) {
  const std::vector<std::uint8_t> values(symbols.begin(), symbols.end());
  require<DataError>(
      std::all_of(values.begin(), values.end(), [&](std::uint8_t value) { return value < field.alphabet; }),
      "program: {} beyond {}", metadata_kind_name(field.kind), field.alphabet - 1);
  switch (field.kind) {
    case MetadataKind::step_codes:
      code_.step_code = values;
      for (const std::uint8_t step : values)
        steps_.push_back(step == 0 ? 0.0f : step_of(code_.largest_step, step));
      return;
    case MetadataKind::zero_levels: {
      std::size_t next = 0;
      for (const std::uint8_t step : code_.step_code)
        code_.zero_level.push_back(step == 0 ? std::uint8_t{0} : values[next++]);
      return;
    }
    case MetadataKind::mask:
      code_.alive = values;
      return;
    case MetadataKind::row_scales:
      scale_codes_.row = values;
      return;
    case MetadataKind::column_scales:
      scale_codes_.column = values;
      return;
    case MetadataKind::group_tables:
      table_of_group_ = values;
      return;
    case MetadataKind::largest_step:
      return;
  }
}

const CodedWeights& LayerState::coded() {
  if (!coded_) {
    coded_ = collect_coded(cut_, code_.alive, code_.step_code);
    std::size_t count = 0;
    for (const ElementRange& range : coded_->ranges) range_ends_.push_back(count += range.end - range.begin);
  }
  return *coded_;
}

const TableMap& LayerState::table_map() {
  if (!map_) {
    map_.emplace(coded(), tensor_, groups_, table_of_group_, tables_);
    table_of_ = map_->tables();
  }
  return *map_;
}

std::uint64_t LayerState::symbols_of(int table) {
  if (table < 0) return coded().count;
  if (tables_ == 1) return table == 0 ? coded().count : 0;
  const auto begin = table_map().begin();
  const auto number = static_cast<std::size_t>(table);
  return number + 1 < begin.size() ? begin[number + 1] - begin[number] : 0;
}

std::vector<ElementRange>::const_iterator LayerState::first_range(std::size_t begin) {
  const auto& ranges = coded().ranges;
  return std::partition_point(ranges.begin(), ranges.end(),
                              [&](const ElementRange& range) { return range.end <= begin; });
}

std::size_t LayerState::coded_before(std::size_t element) {
  const auto range = first_range(element);
  const auto number = static_cast<std::size_t>(range - coded().ranges.begin());
  const std::size_t before = number == 0 ? 0 : range_ends_[number - 1];
  if (range == coded().ranges.end() || range->begin >= element) return before;
  return before + (element - range->begin);
}

std::size_t LayerState::coded_between(std::size_t begin, std::size_t end) {
  return coded_before(end) - coded_before(begin);
}

std::vector<std::uint8_t> LayerState::tables_between(std::size_t begin, std::size_t end) {
  if (tables_ == 1) return {};
  table_map();
  return {table_of_.begin() + static_cast<std::ptrdiff_t>(coded_before(begin)),
          table_of_.begin() + static_cast<std::ptrdiff_t>(coded_before(end))};
}

std::uint64_t LayerState::metadata_bits(std::size_t begin, std::size_t end) {
  if (begin == end) return 0;
  // Units that the elements touch, each as often as a row of the tile meets it.
  const auto runs = [&](const UnitMap& units) {
    std::uint64_t count = 0;
    if (units.count > 1)
      for_each_unit_run(units, begin, end, [&](std::size_t, std::size_t, std::uint32_t) { ++count; });
    return count;
  };
  constexpr std::uint64_t kCodeBits = 8;
  std::uint64_t bits = 0;
  if (code_.quantized && cut_.step_units.count > 1)
    bits += runs(cut_.step_units) * (zeros_ ? 2 * kCodeBits : kCodeBits);
  if (mask_) bits += runs(cut_.units);
  if (tables_ > 1 && group_units_)
    bits += runs(*group_units_) * static_cast<std::uint64_t>(std::bit_width(tables_ - 1));
  if (tables_ > 1 && !group_units_) {
    // A scale of the row once, one of each column.
    constexpr std::uint64_t kScaleBits = 4;
    const auto columns = static_cast<std::uint64_t>(tensor_.columns);
    if (!scale_codes_.row.empty()) bits += kScaleBits * divide_up(end - begin, columns);
    if (!scale_codes_.column.empty()) bits += kScaleBits * (end - begin);
  }
  return bits;
}

}  // namespace adagrain
