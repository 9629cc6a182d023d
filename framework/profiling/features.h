// A layer's profile as the numbers a learned policy sees. Scale-free where a layer's meaning is: sizes,
// energies and sensitivities enter as natural logarithms, so that networks of other sizes stay within reach.
#pragma once

#include <string>
#include <vector>

#include "framework/profiling/profile.h"

namespace adagrain {

// One name for each number of layer_features, in its order.
const std::vector<std::string>& layer_feature_names();

// Always finite: the logarithm of a quantity that is zero or was not measured is that of 1e-30.
std::vector<double> layer_features(const LayerProfile& profile);

}  // namespace adagrain
