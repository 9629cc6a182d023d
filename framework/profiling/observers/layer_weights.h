// Statistics of the weights that a layer holds at this moment.
#pragma once

#include <torch/torch.h>

#include <string>

#include "framework/profiling/statistics.h"

namespace adagrain {

// `parameter` has output channels outermost; training may have left it channels_last. Throws DataError that
// begins with `what` when a value is not finite.
inline WeightStatistics layer_weight_statistics(const std::string& what, const torch::Tensor& parameter) {
  const torch::Tensor weight = parameter.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  return weight_statistics(what, {weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel())},
                           weight.size(0), at::get_num_threads());
}

}  // namespace adagrain
