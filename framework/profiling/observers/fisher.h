// The empirical Fisher's diagonal: mean over images of the squared gradient of one image's loss.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>

#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {

// For every Conv2d and Linear that ran: module path -> tensor of its weight's shape, float32, on the CPU.
// Cross-entropy with `labels` [n]; the network is put in evaluation mode and left as it was. Per-image
// gradients come from each layer's input x and the gradient dy at its output, a batch at a time:
//   Linear on [n, in]:        sum_n dy_n^2 x_n^2 = (dy^2)^T (x^2)
//   Linear on [n, t, in]:     sum_n (dy_n^T x_n)^2, one matrix product per image
//   Conv2d:                   the same with x unfolded to [n, groups, in k k / groups, positions]
// A layer that runs more than once in a forward pass is an InternalError: its gradients would have to be
// added before squaring.
std::map<std::string, torch::Tensor> empirical_fisher(Network& network, const torch::Tensor& images,
                                                      const torch::Tensor& labels);

}  // namespace adagrain
