// How a layer's grouping stands in its payload: how many tables, what a group is, and the table of each
// group.
//
//   grouping byte   bits 0-3 number of tables, 2..kLargestTables; bits 4-7 what a group is
//   scale codes     by scales alone: of rows, of columns, each where the byte says so
//   table of each group
#pragma once

#include <optional>

#include "framework/compression/grouping/table_choice.h"
#include "framework/core/bytes.h"

namespace adagrain {

struct GroupingByte {
  std::uint32_t tables = 2;  // bits 0-3
  Grouping grouping = Grouping::units;
  bool row_codes = false;     // bit 4, by scales: those of rows follow
  bool column_codes = false;  // bit 5

  std::uint8_t byte() const;
  // None where bits are set that exclude each other.
  static std::optional<GroupingByte> parse(std::uint8_t byte);
};

// Units that have steps of their own may be groups. (A single one is no grouping, single weights are not
// described one by one.)
bool units_are_groups(const LayerUnits& cut);

// Of a choice of two tables or more.
Bytes grouping_bytes(const TableChoice& choice);

// The inverse. Throws DataError where no encoder can have written it for these weights.
TableChoice read_grouping(ByteReader& reader, const CodedWeights& coded, const LayerUnits& cut,
                          MatrixShape shape);

}  // namespace adagrain
