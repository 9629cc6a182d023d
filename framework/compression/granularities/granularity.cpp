#include "framework/compression/granularities/granularity.h"

namespace adagrain {

MatrixShape matrix_shape(const Shape& shape) {
  const std::int64_t count = element_count(shape);
  if (shape.size() < 2 || count == 0) return {count == 0 ? 0 : 1, count};
  return {shape[0], count / shape[0]};
}

UnitMap tile_units(MatrixShape shape, std::int64_t tile_rows, std::int64_t tile_columns) {
  const auto tiles = [](std::int64_t length, std::int64_t tile) { return (length + tile - 1) / tile; };
  return {shape, tile_rows, tile_columns,
          static_cast<std::uint32_t>(tiles(shape.rows, tile_rows) * tiles(shape.columns, tile_columns))};
}

UnitMap one_unit(MatrixShape shape) {
  return tile_units(shape, std::max<std::int64_t>(1, shape.rows), std::max<std::int64_t>(1, shape.columns));
}

}  // namespace adagrain
