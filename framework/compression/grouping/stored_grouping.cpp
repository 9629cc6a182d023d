#include "framework/compression/grouping/stored_grouping.h"

#include "framework/compression/coders/metadata_stream.h"
#include "framework/core/error.h"

namespace adagrain {

namespace {

WeightGroups read_groups(ByteReader& reader, const GroupingByte& grouping, const CodedWeights& coded,
                         const LayerUnits& cut, MatrixShape shape) {
  switch (grouping.grouping) {
    case Grouping::units:
      return WeightGroups::by_units(coded, cut.units);
    case Grouping::rows:
      return WeightGroups::by_units(coded, rows_of(shape));
    case Grouping::blocks:
      return WeightGroups::by_units(coded, blocks_of(shape));
    case Grouping::scales:
      break;
  }
  ScaleCodes scales;
  if (grouping.row_codes)
    scales.row = read_metadata(reader, kScaleCodes, static_cast<std::size_t>(shape.rows), true);
  if (grouping.column_codes)
    scales.column = read_metadata(reader, kScaleCodes, static_cast<std::size_t>(shape.columns), true);
  return WeightGroups::by_scales(coded, std::move(scales), shape);
}

}  // namespace

std::uint8_t GroupingByte::byte() const {
  return static_cast<std::uint8_t>(tables | static_cast<unsigned>(row_codes) << 4 |
                                   static_cast<unsigned>(column_codes) << 5 |
                                   static_cast<unsigned>(grouping == Grouping::rows) << 6 |
                                   static_cast<unsigned>(grouping == Grouping::blocks) << 7);
}

std::optional<GroupingByte> GroupingByte::parse(std::uint8_t byte) {
  const bool scales = (byte & 0x30) != 0, rows = (byte & 0x40) != 0, blocks = (byte & 0x80) != 0;
  if (scales + rows + blocks > 1) return std::nullopt;
  return GroupingByte{byte & 15u,
                      scales   ? Grouping::scales
                      : rows   ? Grouping::rows
                      : blocks ? Grouping::blocks
                               : Grouping::units,
                      (byte & 0x10) != 0, (byte & 0x20) != 0};
}

bool units_are_groups(const LayerUnits& cut) {
  return cut.units.count > 1 && cut.step_units.count == cut.units.count;
}

Bytes grouping_bytes(const TableChoice& choice) {
  const ScaleCodes& scales = choice.groups.scales();
  Bytes bytes = {
      GroupingByte{choice.tables, choice.grouping, !scales.row.empty(), !scales.column.empty()}.byte()};
  for (const auto* codes : {&scales.row, &scales.column}) {
    if (!codes->empty()) append_metadata(bytes, kScaleCodes, *codes, true);
  }
  append_metadata(bytes, choice.tables, choice.of_group, true);
  return bytes;
}

TableChoice read_grouping(ByteReader& reader, const CodedWeights& coded, const LayerUnits& cut,
                          MatrixShape shape) {
  const auto byte = reader.number<std::uint8_t>();
  const std::optional<GroupingByte> grouping = GroupingByte::parse(byte);
  require<DataError>(grouping && grouping->tables >= 2 && grouping->tables <= kLargestTables &&
                         (grouping->grouping != Grouping::units || units_are_groups(cut)),
                     "layer payload: grouping {:#x}; allowed: 2 to {} tables by one grouping, by units where "
                     "they have steps of their own",
                     byte, kLargestTables);
  TableChoice choice;
  choice.tables = grouping->tables;
  choice.grouping = grouping->grouping;
  choice.groups = read_groups(reader, *grouping, coded, cut, shape);
  choice.of_group = read_metadata(reader, choice.tables, choice.groups.count(), true);
  return choice;
}

}  // namespace adagrain
