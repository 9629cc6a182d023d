// A trained network and some images -> its profile.
#pragma once

#include <torch/torch.h>

#include <string>

#include "framework/models/network.h"
#include "framework/profiling/profile.h"

namespace adagrain {

// Enough for a Fisher diagonal whose mean over a layer varies by a few per cent from one draw to the next.
constexpr std::int64_t kCalibrationImages = 512;

// `images` [n, channels, height, width] as the network takes them, `labels` [n]; n 0 measures the weights
// alone. The network is left as it was. Throws DataError naming the layer of a weight or activation that is
// not finite.
ModelProfile measure_profile(Network& network, const std::string& model, const torch::Tensor& images,
                             const torch::Tensor& labels);

}  // namespace adagrain
