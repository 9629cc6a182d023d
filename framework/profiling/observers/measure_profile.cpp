#include "framework/profiling/observers/measure_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "framework/profiling/observers/activation_observer.h"
#include "framework/profiling/observers/fisher.h"
#include "framework/profiling/observers/layer_weights.h"

namespace adagrain {

namespace {

void measure_weights(Network& network, ModelProfile& profile) {
  const auto parameters = network.named_parameters();
  for (LayerProfile& layer : profile.layers) {
    const WeightStatistics statistics = layer_weight_statistics(
        fmt::format("weights of layer '{}'", layer.layer.name), parameters[layer.layer.weight_name]);
    layer.weights = statistics.values;
    layer.channel_scale_spread = statistics.channel_scale_spread;
    layer.block_scale_spread = statistics.block_scale_spread;
  }
}

void measure_activations(Network& network, const torch::Tensor& images, ModelProfile& profile) {
  constexpr std::int64_t kBatch = 128;
  const torch::NoGradGuard no_grad;
  const bool was_training = network.is_training();
  network.eval();
  const ActivationObserver observer(network, {.images = 0, .scales = true});
  for (std::int64_t first = 0; first < images.size(0); first += kBatch) {
    network.forward(images.slice(0, first, std::min(images.size(0), first + kBatch))
                        .to(network.parameters().front().device()));
  }
  network.train(was_training);
  for (LayerProfile& layer : profile.layers) {
    layer.activations = observer.statistics(layer.layer.name);
    layer.activation_channel_scale_spread = observer.scales(layer.layer.name).channel_spread();
    layer.activation_block_scale_spread = observer.scales(layer.layer.name).block_spread();
  }
}

void measure_sensitivity(Network& network, const torch::Tensor& images, const torch::Tensor& labels,
                         ModelProfile& profile) {
  const auto fisher = empirical_fisher(network, images, labels);
  for (LayerProfile& layer : profile.layers) {
    const torch::Tensor& diagonal = fisher.at(layer.layer.name);
    layer.fisher.assign(diagonal.data_ptr<float>(), diagonal.data_ptr<float>() + diagonal.numel());
    layer.fisher_mean = diagonal.mean(torch::kDouble).item<double>();
  }
}

void divide_shares(ModelProfile& profile) {
  double weights = 0, macs = 0;
  for (const LayerProfile& layer : profile.layers) {
    weights += static_cast<double>(layer.layer.weight_count());
    macs += static_cast<double>(layer.layer.macs);
  }
  const auto last = static_cast<double>(std::max<std::size_t>(profile.layers.size(), 2) - 1);
  for (std::size_t i = 0; i < profile.layers.size(); ++i) {
    LayerProfile& layer = profile.layers[i];
    layer.parameter_share = static_cast<double>(layer.layer.weight_count()) / weights;
    layer.mac_share = static_cast<double>(layer.layer.macs) / macs;
    layer.relative_depth = static_cast<double>(i) / last;
  }
}

}  // namespace

ModelProfile measure_profile(Network& network, const std::string& model, const torch::Tensor& images,
                             const torch::Tensor& labels) {
  ModelProfile profile{model, {}};
  for (LayerDescription& layer :
       describe_layers(network, {1, images.size(1), images.size(2), images.size(3)})) {
    profile.layers.emplace_back().layer = std::move(layer);
  }
  divide_shares(profile);
  measure_weights(network, profile);
  if (images.size(0) == 0) return profile;
  measure_activations(network, images, profile);
  measure_sensitivity(network, images, labels, profile);
  return profile;
}

}  // namespace adagrain
