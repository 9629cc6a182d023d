#include "framework/training/bias_correction.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/models/layers.h"

namespace adagrain {

namespace {

constexpr double kEpsilon = 1e-5;  // of batch norm

// [n, channels, height, width] or [n, ..., channels] -> [channels]
torch::Tensor channel_means(const torch::nn::Module& layer, const torch::Tensor& output) {
  if (dynamic_cast<const ConvLayer*>(&layer) != nullptr) return output.mean({0, 2, 3}, false, torch::kDouble);
  return output.reshape({-1, output.size(-1)}).mean(0, false, torch::kDouble);
}

using Means = std::map<const torch::nn::Module*, torch::Tensor>;

class MeanRecorder : public LayerTap {
 public:
  void on_layer(const torch::nn::Module& layer, const torch::Tensor&, const torch::Tensor& output) override {
    means[&layer] = channel_means(layer, output);
  }
  Means means;
};

// Shifts each layer's output to the wanted means before the next layer sees it.
class MeanCorrector : public LayerTap {
 public:
  explicit MeanCorrector(const Means& wanted) : wanted_(wanted) {}

  void on_layer(const torch::nn::Module& layer, const torch::Tensor&, const torch::Tensor& output) override {
    const torch::Tensor shift = wanted_.at(&layer) - channel_means(layer, output);
    const bool convolution = dynamic_cast<const ConvLayer*>(&layer) != nullptr;
    torch::Tensor(output).add_((convolution ? shift.reshape({1, -1, 1, 1}) : shift).to(torch::kFloat32));
    shifts[&layer] = shift.to(torch::kCPU).contiguous();
  }
  Means shifts;

 private:
  const Means& wanted_;
};

Tensor* find(Checkpoint& checkpoint, const std::string& name) {
  const auto found = std::find_if(checkpoint.begin(), checkpoint.end(),
                                  [&](const Tensor& tensor) { return tensor.name == name; });
  return found != checkpoint.end() ? &*found : nullptr;
}

void shift_bias(Checkpoint& checkpoint, const LayerDescription& layer, const double* shift) {
  const bool normed = !layer.batch_norm.empty();
  Tensor* bias = find(checkpoint, (normed ? layer.batch_norm : layer.name) + ".bias");
  if (bias == nullptr) return;
  const Tensor* scale = normed ? find(checkpoint, layer.batch_norm + ".weight") : nullptr;
  const Tensor* variance = normed ? find(checkpoint, layer.batch_norm + ".running_var") : nullptr;
  for (std::size_t channel = 0; channel < bias->values.size(); ++channel) {
    const double factor =
        normed ? scale->values[channel] / std::sqrt(variance->values[channel] + kEpsilon) : 1.0;
    bias->values[channel] = static_cast<float>(bias->values[channel] + shift[channel] * factor);
  }
}

}  // namespace

Checkpoint correct_biases(Network& network, const std::vector<LayerDescription>& layers,
                          const Checkpoint& original, const Checkpoint& decoded,
                          const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  network.eval();
  Means wanted, shifts;
  {
    load_checkpoint(network, original);
    MeanRecorder recorder;
    network.forward(images);
    wanted = std::move(recorder.means);
  }
  {
    load_checkpoint(network, decoded);
    MeanCorrector corrector(wanted);
    network.forward(images);
    shifts = std::move(corrector.shifts);
  }
  Checkpoint corrected = original;
  for (const auto& item : network.named_modules()) {
    const auto layer = std::find_if(layers.begin(), layers.end(), [&](const LayerDescription& description) {
      return description.name == item.key();
    });
    if (layer != layers.end())
      shift_bias(corrected, *layer, shifts.at(item.value().get()).data_ptr<double>());
  }
  return corrected;
}

}  // namespace adagrain
