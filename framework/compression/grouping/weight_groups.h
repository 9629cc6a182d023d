// Groups of coded weights: what shares a probability table is made of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "framework/compression/payload/coded_weights.h"

namespace adagrain {

// How large the levels of each row and each column are, in half octaves, 0..kScaleCodes - 1. What is empty
// does not count.
constexpr std::uint32_t kScaleCodes = 16;
struct ScaleCodes {
  std::vector<std::uint8_t> row, column;
};

// What the groups of a layer are. `units`: those of its granularity, at block and feature_map.
enum class Grouping : std::uint8_t { units, scales, rows, blocks };

// The units of a grouping by rows or by blocks.
constexpr std::int64_t kGroupColumns = 64;
inline UnitMap rows_of(MatrixShape shape) {
  return tile_units(shape, 1, std::max<std::int64_t>(1, shape.columns));
}
inline UnitMap blocks_of(MatrixShape shape) {
  return tile_units(shape, 1, kGroupColumns);
}

// Numbered without gaps, every group with at least one weight.
class WeightGroups {
 public:
  WeightGroups() = default;
  // Each unit with coded weights is a group.
  static WeightGroups by_units(const CodedWeights& coded, const UnitMap& units);
  // By the sum of row code and column code: all weights of one scale, were the matrix of scales of rank one.
  static WeightGroups by_scales(const CodedWeights& coded, ScaleCodes codes, MatrixShape shape);

  std::uint32_t count() const { return count_; }
  const ScaleCodes& scales() const { return scales_; }  // empty by units
  const UnitMap& units() const { return units_; }       // empty by scales

  // Of a unit, or a sum of scale codes. `none` where no weight is coded.
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  std::uint32_t group_of(std::size_t unit_or_sum) const { return group_of_[unit_or_sum]; }

  // Rows of one kind are cut into the same groups; kinds of neighbouring rows differ in their remainder by
  // kRowKinds.
  static constexpr std::size_t kRowKinds = kScaleCodes;
  std::size_t kind_of(std::size_t row) const {
    if (by_scales()) return scales_.row.empty() ? 0 : scales_.row[row];
    return row / static_cast<std::size_t>(units_.tile_rows);
  }

  // Calls each(begin, end, group) for columns first .. last - 1 of a row, all coded, in order.
  template <typename Each>
  void for_each_run(std::size_t row, std::size_t first, std::size_t last, const Each& each) const {
    if (!by_scales()) {
      const auto columns = static_cast<std::size_t>(units_.shape.columns);
      const std::size_t row_begin = row * columns;
      for_each_unit_run(units_, row_begin + first, row_begin + last,
                        [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                          each(begin - row_begin, end - row_begin, group_of_[unit]);
                        });
      return;
    }
    const std::size_t row_code = scales_.row.empty() ? 0 : scales_.row[row];
    if (scales_.column.empty()) return each(first, last, group_of_[row_code]);
    for (std::size_t at = first; at < last;) {
      const std::uint8_t code = scales_.column[at];
      std::size_t end = at + 1;
      while (end < last && scales_.column[end] == code) ++end;
      each(at, end, group_of_[row_code + code]);
      at = end;
    }
  }

 private:
  bool by_scales() const { return units_.count == 0; }
  void number(const std::vector<bool>& used);

  UnitMap units_;
  ScaleCodes scales_;
  std::vector<std::uint32_t> group_of_;
  std::uint32_t count_ = 0;
};

}  // namespace adagrain
