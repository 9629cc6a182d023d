// What the learned policy sees of a candidate: the layer's profile, the layer's place in its network, and
// what the candidate does to the weights. All dimensionless or logarithms, so that networks compare.
#pragma once

#include <string>
#include <vector>

#include "framework/search/priced_candidate.h"

namespace adagrain {

// Names in the order of candidate_features; saved with a trained policy, which refuses to run on others.
std::vector<std::string> candidate_feature_names();

std::vector<double> candidate_features(const ModelProfile& profile, std::size_t layer,
                                       const PricedCandidate& priced);

// Fisher's prediction of the loss increase, nats, with a floor of a hundredth of what the same squared error
// would cost spread evenly: weights without gradient on the calibration images are not free. 0 only where the
// weights are unchanged or no data was shown.
double predicted_damage(const LayerProfile& profile, const PricedCandidate& priced);

}  // namespace adagrain
