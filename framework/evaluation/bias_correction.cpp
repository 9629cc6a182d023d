#include "framework/evaluation/bias_correction.h"

#include <cmath>
#include <map>

#include "framework/core/checkpoint.h"
#include "framework/models/layers.h"

namespace adagrain {

namespace {

using ChannelMeans = std::map<const torch::nn::Module*, torch::Tensor>;  // [channels], double

bool is_convolution(const torch::nn::Module& layer) {
  return dynamic_cast<const ConvLayer*>(&layer) != nullptr;
}

// [n, channels, height, width] or [n, ..., channels] -> [channels]
torch::Tensor channel_means(const torch::nn::Module& layer, const torch::Tensor& output) {
  if (is_convolution(layer)) return output.mean({0, 2, 3}, false, torch::kDouble);
  return output.reshape({-1, output.size(-1)}).mean(0, false, torch::kDouble);
}

class MeanRecorder : public LayerTap {
 public:
  void on_layer(const torch::nn::Module& layer, const torch::Tensor&, const torch::Tensor& output) override {
    means[&layer] = channel_means(layer, output);
  }
  ChannelMeans means;
};

// Shifts a layer's output to the wanted means before the next layer sees it; layers not named stay as they
// are.
class MeanCorrector : public LayerTap {
 public:
  explicit MeanCorrector(const ChannelMeans& wanted) : wanted_(wanted) {}

  void on_layer(const torch::nn::Module& layer, const torch::Tensor&, const torch::Tensor& output) override {
    const auto wanted = wanted_.find(&layer);
    if (wanted == wanted_.end()) return;
    const torch::Tensor shift = wanted->second - channel_means(layer, output);
    const torch::Tensor broadcast = is_convolution(layer) ? shift.reshape({1, -1, 1, 1}) : shift;
    torch::Tensor(output).add_(broadcast.to(output.scalar_type()));
    shifts[&layer] = shift.to(torch::kCPU).contiguous();
  }
  ChannelMeans shifts;

 private:
  const ChannelMeans& wanted_;
};

std::string bias_name(const LayerDescription& layer) {
  return (layer.batch_norm.empty() ? layer.name : layer.batch_norm) + ".bias";
}

void shift_bias(Checkpoint& checkpoint, const LayerDescription& layer, const torch::Tensor& shifts) {
  Tensor& bias = *find_tensor(checkpoint, bias_name(layer));
  const bool normed = !layer.batch_norm.empty();
  const Tensor* scale = normed ? find_tensor(checkpoint, layer.batch_norm + ".weight") : nullptr;
  const Tensor* variance = normed ? find_tensor(checkpoint, layer.batch_norm + ".running_var") : nullptr;
  const double* shift = shifts.data_ptr<double>();
  for (std::size_t channel = 0; channel < bias.values.size(); ++channel) {
    const double factor =
        normed ? scale->values[channel] / std::sqrt(variance->values[channel] + kBatchNormEpsilon) : 1.0;
    bias.values[channel] = static_cast<float>(bias.values[channel] + shift[channel] * factor);
  }
}

}  // namespace

Checkpoint correct_biases(Network& network, const std::vector<LayerDescription>& layers,
                          const Checkpoint& original, const Checkpoint& decoded,
                          const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  network.eval();
  ChannelMeans wanted, shifts;
  {
    load_checkpoint(network, original);
    MeanRecorder recorder;
    network.forward(images);
    wanted = std::move(recorder.means);
  }
  const auto modules = network.named_modules();
  for (const LayerDescription& layer : layers) {
    if (find_tensor(original, bias_name(layer)) == nullptr) wanted.erase(modules[layer.name].get());
  }
  {
    load_checkpoint(network, decoded);
    MeanCorrector corrector(wanted);
    network.forward(images);
    shifts = std::move(corrector.shifts);
  }
  Checkpoint corrected = original;
  for (const LayerDescription& layer : layers) {
    const auto found = shifts.find(modules[layer.name].get());
    if (found != shifts.end()) shift_bias(corrected, layer, found->second);
  }
  return corrected;
}

}  // namespace adagrain
