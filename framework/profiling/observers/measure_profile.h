// A trained network and some images -> its profile.
#pragma once

#include <torch/torch.h>

#include <string>

#include "framework/models/network.h"
#include "framework/profiling/profile.h"

namespace adagrain {

// `images` [n, channels, height, width] as the network takes them, `labels` [n]; n 0 measures the weights
// alone. The network is left as it was. Throws DataError naming the layer of a weight or activation that is
// not finite.
ModelProfile measure_profile(Network& network, const std::string& model, const torch::Tensor& images,
                             const torch::Tensor& labels);

}  // namespace adagrain
