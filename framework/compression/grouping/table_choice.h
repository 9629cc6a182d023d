// How many probability tables a layer takes, and which. Weights fall into groups, by one of several
// groupings, and groups with like symbols share a table. Every grouping that the layer has is priced: rows,
// blocks, the units of its granularity where they are tiles, and scales where symbols are levels with one
// zero.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "framework/compression/grouping/table_map.h"
#include "framework/compression/grouping/weight_groups.h"

namespace adagrain {

struct TableChoice {
  std::uint32_t tables = 1;
  Grouping grouping = Grouping::units;
  WeightGroups groups;                 // none with one table
  std::vector<std::uint8_t> of_group;  // [group] -> table, < tables
};

// The choice that takes fewest bytes of a layer that is coded with tables. `symbols` [coded weight], below
// `alphabet`, at least one. `zero_symbol`: where symbols are levels with one zero, the one that means 0, or
// would.
TableChoice choose_tables(const CodedWeights& coded, const LayerUnits& cut, MatrixShape shape,
                          std::uint32_t alphabet, std::span<const std::uint16_t> symbols,
                          std::optional<std::int32_t> zero_symbol);

}  // namespace adagrain
