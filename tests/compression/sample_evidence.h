// Calibration data made up for a layer: what any transform may need.
#pragma once

#include <vector>

#include "framework/compression/granularities/granularity.h"
#include "framework/compression/transforms/transform.h"
#include "framework/profiling/input_moments.h"

namespace adagrain {

struct SampleEvidence {
  // Inputs that share a common part, every weight as important as any other.
  explicit SampleEvidence(const Shape& shape) {
    const MatrixShape matrix = matrix_shape(shape);
    importance.assign(static_cast<std::size_t>(matrix.count()), 1.0F);
    if (matrix.count() == 0) return;
    InputMoments moments{matrix.columns, 1, {}};
    for (std::int64_t i = 0; i < matrix.columns; ++i) {
      for (std::int64_t j = 0; j < matrix.columns; ++j) moments.values.push_back(i == j ? 1.0 : 0.5);
    }
    factor = factorize(moments, 0.01, "sample");
  }

  operator LayerEvidence() const { return {importance, factor.columns > 0 ? &factor : nullptr}; }

  std::vector<float> importance;
  InputFactor factor;
};

}  // namespace adagrain
