#include "framework/compression/grouping/weight_groups.h"

namespace adagrain {

void WeightGroups::number(const std::vector<bool>& used) {
  group_of_.reserve(used.size());
  for (const bool each : used) group_of_.push_back(each ? count_++ : none);
}

WeightGroups WeightGroups::by_units(const CodedWeights& coded, const UnitMap& units) {
  WeightGroups groups;
  groups.units_ = units;
  std::vector<bool> used(units.count);
  for (const ElementRange& range : coded.ranges) {
    for_each_unit_run(units, range.begin, range.end,
                      [&](std::size_t, std::size_t, std::uint32_t unit) { used[unit] = true; });
  }
  groups.number(used);
  return groups;
}

WeightGroups WeightGroups::by_scales(const CodedWeights& coded, ScaleCodes codes, MatrixShape shape) {
  // Codes of columns as bits; of whole rows, which most are, all the same.
  const auto bits_of = [&](std::size_t begin, std::size_t end) {
    std::uint32_t bits = codes.column.empty() ? 1 : 0;
    if (bits == 0) {
      for (std::size_t column = begin; column < end; ++column) bits |= 1u << codes.column[column];
    }
    return bits;
  };
  const auto columns = static_cast<std::size_t>(shape.columns);
  const std::uint32_t whole_row = bits_of(0, columns);
  std::uint32_t sums = 0;
  for_each_coded_row(coded, shape, [&](std::size_t row, std::size_t begin, std::size_t end) {
    const std::uint32_t bits = end - begin == columns ? whole_row : bits_of(begin, end);
    sums |= bits << (codes.row.empty() ? 0 : codes.row[row]);
  });
  std::vector<bool> used;
  for (std::uint32_t sum = 0; sum < 2 * kScaleCodes - 1; ++sum) used.push_back((sums >> sum & 1) != 0);
  WeightGroups groups;
  groups.number(used);
  groups.scales_ = std::move(codes);
  return groups;
}

}  // namespace adagrain
