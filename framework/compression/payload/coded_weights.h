// Which weights of a layer are coded, and where symbol number n of a stream belongs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/granularities/granularity.h"
#include "framework/compression/transforms/transform.h"

namespace adagrain {

// Elements begin .. end - 1.
struct ElementRange {
  std::uint32_t begin, end;
};

// The weights that are coded, in row-major order: those of units that are alive. As ranges, for mostly it is
// one.
struct CodedWeights {
  std::vector<ElementRange> ranges;  // increasing, none empty, none next to another
  std::size_t count = 0;             // weights of all ranges

  std::vector<std::uint32_t> elements() const;  // [coded weight]
};

// Without those whose unit is 0 in `alive` (empty: none is) or whose step code is 0 (empty: not quantised).
CodedWeights collect_coded(const LayerUnits& cut, std::span<const std::uint8_t> alive,
                           std::span<const std::uint8_t> step_code);

// Calls each(row, begin, end) in order, with the columns of each range that stand in one row.
template <typename Each>
void for_each_coded_row(const CodedWeights& coded, MatrixShape shape, const Each& each) {
  const auto columns = static_cast<std::size_t>(shape.columns);
  // Not by division, which takes longer than coding a weight.
  std::size_t row = 0, row_begin = 0;
  for (const ElementRange& range : coded.ranges) {
    for (std::size_t at = range.begin; at < range.end;) {
      for (; at - row_begin >= columns; row_begin += columns) ++row;
      const std::size_t end = std::min<std::size_t>(range.end, row_begin + columns);
      each(row, at - row_begin, end - row_begin);
      at = end;
    }
  }
}

}  // namespace adagrain
