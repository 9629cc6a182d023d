#include "framework/evaluation/batch_norm_folding.h"

#include <algorithm>
#include <cmath>

#include "framework/core/checkpoint.h"
#include "framework/core/error.h"

namespace adagrain {

namespace {

Tensor& require_tensor(Checkpoint& checkpoint, const std::string& name, std::size_t count) {
  Tensor* tensor = find_tensor(checkpoint, name);
  require<DataError>(tensor != nullptr, "batch-norm folding: the checkpoint has no tensor '{}'", name);
  require<DataError>(count == 0 || tensor->values.size() == count,
                     "batch-norm folding: '{}' has {} values; {} are expected", name, tensor->values.size(),
                     count);
  return *tensor;
}

void fold(Checkpoint& checkpoint, const LayerDescription& layer) {
  const auto channels = static_cast<std::size_t>(layer.output_channels());
  Tensor& weights = require_tensor(checkpoint, layer.weight_name, 0);
  Tensor& scale = require_tensor(checkpoint, layer.batch_norm + ".weight", channels);
  Tensor& bias = require_tensor(checkpoint, layer.batch_norm + ".bias", channels);
  Tensor& mean = require_tensor(checkpoint, layer.batch_norm + ".running_mean", channels);
  Tensor& variance = require_tensor(checkpoint, layer.batch_norm + ".running_var", channels);
  Tensor* own_bias = find_tensor(checkpoint, layer.name + ".bias");
  const std::size_t columns = channels == 0 ? 0 : weights.values.size() / channels;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double factor = scale.values[channel] / std::sqrt(variance.values[channel] + kBatchNormEpsilon);
    for (std::size_t column = 0; column < columns; ++column) {
      float& weight = weights.values[channel * columns + column];
      weight = static_cast<float>(weight * factor * std::sqrt(1 + kBatchNormEpsilon));
    }
    const double shift = own_bias != nullptr ? own_bias->values[channel] : 0.0;
    bias.values[channel] = static_cast<float>(bias.values[channel] + (shift - mean.values[channel]) * factor);
    if (own_bias != nullptr) own_bias->values[channel] = 0;
  }
  std::fill(scale.values.begin(), scale.values.end(), 1.0f);
  std::fill(mean.values.begin(), mean.values.end(), 0.0f);
  std::fill(variance.values.begin(), variance.values.end(), 1.0f);
}

}  // namespace

Checkpoint fold_batch_norms(Checkpoint checkpoint, const std::vector<LayerDescription>& layers) {
  for (const LayerDescription& layer : layers) {
    if (!layer.batch_norm.empty()) fold(checkpoint, layer);
  }
  return checkpoint;
}

}  // namespace adagrain
