// Decides a layer's weights column by column, spreading each one's error over those not decided yet.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "framework/compression/granularities/granularity.h"
#include "framework/compression/input_factor.h"

namespace adagrain {

// `decide(element, wanted)` gives the weight that `element` gets where `wanted` would leave no error; it is
// called once for every element, in an order that depends on the shape and the factor alone. Returns each
// row's damage d H d^T, where d is the row's weights minus those it got and H the factor's damped second
// moments. Throws DataError when the factor is of another shape. Same bits on every machine.
std::vector<double> sweep_columns(std::span<const float> weights, MatrixShape shape,
                                  const InputFactor& factor,
                                  const std::function<float(std::size_t, float)>& decide);

// Each row's damage where every weight gets what `decoded` says.
std::vector<double> output_damage(std::span<const float> weights, std::span<const float> decoded,
                                  MatrixShape shape, const InputFactor& factor);

}  // namespace adagrain
