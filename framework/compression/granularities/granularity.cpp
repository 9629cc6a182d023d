#include "framework/compression/granularities/granularity.h"

namespace adagrain {

MatrixShape matrix_shape(const Shape& shape) {
  const std::int64_t count = element_count(shape);
  if (shape.size() < 2 || count == 0) return {count == 0 ? 0 : 1, count};
  return {shape[0], count / shape[0]};
}

UnitMap one_unit(MatrixShape shape) {
  return {shape, shape.count() > 0 ? 1u : 0u, {}};
}

}  // namespace adagrain
