// The unit at which a scheme decides. Units tile the tensor exactly once.
//
// A weight tensor is seen as the matrix [rows, columns] = [output channels, everything else], row-major.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "framework/compression/grid_values.h"
#include "framework/compression/parameters.h"
#include "framework/core/tensor.h"

namespace adagrain {

struct MatrixShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t count() const { return rows * columns; }
};

// [out, ...] -> rows = out; a scalar or a vector is one row.
MatrixShape matrix_shape(const Shape& shape);

// Which unit each element belongs to: tiles of one size, ragged at the right and lower edges, numbered in
// row-major order. So every unit has at least one element, and units are numbered as they first appear.
struct UnitMap {
  MatrixShape shape;
  std::int64_t tile_rows = 1, tile_columns = 1;
  std::uint32_t count = 0;

  std::int64_t tiles_across() const { return (shape.columns + tile_columns - 1) / tile_columns; }
  // By division: loops over many elements go by for_each_unit_run.
  std::uint32_t of(std::size_t element) const {
    if (count <= 1) return 0;
    const auto columns = static_cast<std::size_t>(shape.columns);
    return static_cast<std::uint32_t>(element / columns / static_cast<std::size_t>(tile_rows) *
                                          static_cast<std::size_t>(tiles_across()) +
                                      element % columns / static_cast<std::size_t>(tile_columns));
  }
};

// Tiles of at least one row and one column.
UnitMap tile_units(MatrixShape shape, std::int64_t tile_rows, std::int64_t tile_columns);
// The map with a single unit.
UnitMap one_unit(MatrixShape shape);

// Calls each(begin, end, unit) for the elements first .. last - 1, cut into ranges of one unit, in order.
template <typename Each>
void for_each_unit_run(const UnitMap& units, std::size_t first, std::size_t last, const Each& each) {
  // Tiles as wide as the matrix hold their rows one after the other.
  const auto across = static_cast<std::size_t>(units.tiles_across());
  const auto rows = static_cast<std::size_t>(units.tile_rows);
  const auto columns = static_cast<std::size_t>(units.shape.columns);
  const std::size_t line = across == 1 ? rows * columns : columns, lines_a_tile = across == 1 ? 1 : rows;
  const std::size_t width = across == 1 ? line : static_cast<std::size_t>(units.tile_columns);
  for (std::size_t number = first >= last ? 0 : first / line; first < last; ++number) {
    const std::size_t begin = number * line, end = std::min(begin + line, last);
    for (std::size_t tile = (first - begin) / width; first < end; ++tile) {
      const std::size_t next = std::min(begin + (tile + 1) * width, end);
      each(first, next, static_cast<std::uint32_t>(number / lines_a_tile * across + tile));
      first = next;
    }
  }
}

class Granularity {
 public:
  static constexpr const char* kind = "granularity";
  virtual ~Granularity() = default;

  // The stable byte that names it in the container.
  virtual std::uint8_t id() const = 0;
  virtual std::span<const ParameterSpec> parameters() const = 0;
  // What is pruned, kept or dropped together.
  virtual UnitMap units(MatrixShape shape, const Parameters& parameters) const = 0;
  // What shares one quantisation step; the units themselves unless that would cost more than it could save.
  virtual UnitMap step_units(MatrixShape shape, const Parameters& parameters) const {
    return units(shape, parameters);
  }

  // Its place among the granularities that a search moves between, from one step for the whole layer (0) to
  // ever smaller units with steps of their own. None: a search leaves layers of this granularity there.
  virtual std::optional<int> fineness() const { return std::nullopt; }
  // Whether every unit is a single weight. All of them share one step then, which may be an absolute one, and
  // levels may be chosen by what each costs the coder.
  virtual bool decides_each_weight() const { return false; }
  // Whether pruning has a meaning: not where its one unit is the layer itself.
  virtual bool may_prune() const { return true; }
  // The settings of its parameters that a candidate space enumerates, at least one.
  virtual std::vector<Parameters> grid(const GridValues& /*values*/) const { return {Parameters{}}; }
};

}  // namespace adagrain
