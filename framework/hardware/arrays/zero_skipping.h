// Cycles of an array that multiplies only where weight and input are both non-zero, counted from the masks.
//
// A column takes one output channel, its rows share the inputs of that channel: row r takes the slice
// [r * s, (r + 1) * s) with s = ceil(Kd / rows). Each lane (row, column) does one effectual product a cycle,
// and all lanes go on to the next output pixel together, so a pixel takes the slowest lane:
//
//   cycles = sum over folds of channels, sum over pixels of max over lanes of effectual products
//
// Without zeros this is E * ceil(Kd / rows) * ceil(groups * K / columns). Channels of all groups share the
// columns, so a depthwise layer fills them; a 1x1 or a Linear is the same with another Kd, attention a
// product of inputs by inputs with a group for each head.
#pragma once

#include <cstdint>
#include <span>

#include "framework/hardware/arrays/systolic_mapping.h"

namespace adagrain {

struct ZeroSkippingCount {
  std::uint64_t cycles = 0;
  std::uint64_t products = 0;  // executed: both factors non-zero
  double utilisation = 0;      // products / (cycles * lanes), 0 without cycles
};

// `weights`: groups x K x Kd values, 0 where the weight is zero. `inputs`: groups x E x Kd, the inputs of
// each output pixel (im2col), 0 where the input is zero; empty: none is. Throws InternalError when a mask has
// another size.
ZeroSkippingCount count_zero_skipping(const MatrixProblem& problem, std::span<const std::uint8_t> weights,
                                      std::span<const std::uint8_t> inputs, ArrayShape array);

}  // namespace adagrain
