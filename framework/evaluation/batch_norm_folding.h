// Batch-norm folding: at inference a batch norm is an affine map of each channel, so its scale belongs in the
// weights before it. What remains is one bias a channel; the other three tensors become constants that a
// container stores in a few bytes, and the network itself need not change.
#pragma once

#include <vector>

#include "framework/core/tensor.h"

namespace adagrain {

// For each layer that names a batch norm with weight g, bias b, running_mean m, running_var v, epsilon e =
// 1e-5 (Ioffe, Szegedy, 2015), per output channel:
//   W' = W g / sqrt(v + e) * sqrt(1 + e),  b' = b + (c - m) g / sqrt(v + e)  where c is the layer's own bias
//   or 0, c' = 0,  g' = 1,  m' = 0,  v' = 1.
// The network computes the same function up to rounding. Throws DataError when a tensor of the pair is
// missing.
Checkpoint fold_batch_norms(Checkpoint checkpoint, const std::vector<LayerDescription>& layers);

}  // namespace adagrain
