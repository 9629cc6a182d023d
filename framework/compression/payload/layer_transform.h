// A layer's weights to what is coded of them, by the transforms of a candidate.
#pragma once

#include <span>

#include "framework/compression/candidate.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/tensor.h"

namespace adagrain {

// Of weights that are quantised or pruned: sums, squares and rounded-up steps of values up to here stay far
// from infinity.
inline constexpr float kLargestLossyMagnitude = 0x1p+120F;

// Applies the candidate's transforms. Throws ConfigError for a bad candidate, DataError for weights
// to be quantised or pruned that are NaN, infinite or beyond 2^120. Lossless schemes keep every bit pattern.
LayerCode transform_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence = {});

}  // namespace adagrain
