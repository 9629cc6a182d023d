#include "framework/search/priced_candidate.h"

#include <algorithm>

namespace adagrain {

bool has_fisher(const ModelProfile& profile) {
  return std::any_of(profile.layers.begin(), profile.layers.end(),
                     [](const LayerProfile& layer) { return layer.fisher_mean > 0; });
}

bool has_fisher(std::span<const PricedCandidate> candidates) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [](const PricedCandidate& one) { return one.fisher_error > 0; });
}

double judged_error(const PricedCandidate& priced, bool fisher) {
  return fisher ? priced.fisher_error : priced.squared_error;
}

}  // namespace adagrain
