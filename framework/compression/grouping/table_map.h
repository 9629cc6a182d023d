// Which probability table codes which weight, and the way from the order of the weights to the streams of
// tables and back.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/grouping/weight_groups.h"
#include "framework/core/bytes.h"

namespace adagrain {

constexpr std::uint32_t kLargestTables = 8;

// All it is made of must outlive it.
class TableMap {
 public:
  // `table_of_group` [group], each below `tables` <= kLargestTables.
  TableMap(const CodedWeights& coded, MatrixShape shape, const WeightGroups& groups,
           std::span<const std::uint8_t> table_of_group, std::uint32_t tables);

  // Where the symbols of each table begin, were they sorted by table; one more for the end.
  std::span<const std::size_t> begin() const { return begin_; }

  // The table of each symbol.
  std::vector<std::uint8_t> tables() const;
  // Symbols, each below 256, sorted by table, those of a table in their order.
  Bytes sorted(std::span<const std::uint16_t> symbols) const;
  // The inverse.
  Bytes in_order(std::span<const std::uint8_t> sorted) const;

 private:
  class RowOrders;
  template <typename Each>
  void for_each_row(const Each& each) const;

  const CodedWeights& coded_;
  MatrixShape shape_;
  const WeightGroups& groups_;
  std::span<const std::uint8_t> table_of_group_;
  std::vector<std::size_t> begin_;
};

}  // namespace adagrain
