// Second moments of what enters each layer, for error compensation.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>

#include "framework/models/network.h"
#include "framework/profiling/input_moments.h"

namespace adagrain {

// For every Conv2d and Linear that ran: module path -> E[x x^T] over images and positions, where x is what a
// row of the weight matrix is multiplied with: a Linear's input vector, a convolution's unfolded patch (of
// its group). `images` [n, channels, height, width] as the network takes them; the network is put in
// evaluation mode and left as it was. Products of a batch are summed in float32, batches in double.
std::map<std::string, InputMoments> measure_input_moments(Network& network, const torch::Tensor& images);

}  // namespace adagrain
