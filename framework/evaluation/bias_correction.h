// What compression does to the mean of each channel is made up for by its bias (empirical bias correction;
// Nagel et al., "Data-Free Quantization through Weight Equalization and Bias Correction", 2019). It costs no
// byte: biases are stored anyway.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "framework/models/network.h"

namespace adagrain {

// `original` with other biases: those with which the `decoded` weights give every layer the mean output that
// it has in the original, channel by channel, over `images`. Layers are corrected in order of execution, each
// on the corrected outputs of those before. A layer's bias is its own or that of the batch norm behind it,
// whose scale and variance are taken into account; a layer without either stays as it is. All images go
// through the network together. The network is left with the decoded weights, in evaluation mode.
Checkpoint correct_biases(Network& network, const std::vector<LayerDescription>& layers,
                          const Checkpoint& original, const Checkpoint& decoded, const torch::Tensor& images);

}  // namespace adagrain
