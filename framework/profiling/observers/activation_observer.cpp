#include "framework/profiling/observers/activation_observer.h"

#include <fmt/format.h>

#include <algorithm>

namespace adagrain {

namespace {

// A convolution's channels are the second dimension, a linear layer's the last.
void add_scales(bool convolution, const torch::Tensor& input, ActivationScales& scales) {
  const torch::Tensor values = input.contiguous();
  const std::int64_t channels = values.size(convolution ? 1 : -1);
  const std::int64_t positions = convolution ? values.size(2) * values.size(3) : 1;
  scales.add({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())}, channels, positions);
}

}  // namespace

ActivationObserver::ActivationObserver(const Network& network, const Options& options) : options_(options) {
  for (const auto& item : network.named_modules()) names_[item.value().get()] = item.key();
}

void ActivationObserver::on_layer(const torch::nn::Module& layer, const torch::Tensor& input,
                                  const torch::Tensor&) {
  const auto name = names_.find(&layer);
  if (name == names_.end()) return;  // another network's
  torch::Tensor values = input.detach();
  if (options_.images > 0) values = values.slice(0, 0, std::min(options_.images, values.size(0)));
  values = values.to(torch::kCPU, torch::kFloat32);
  // The order of the values does not matter, so channels_last memory is read as it lies.
  if (!values.is_non_overlapping_and_dense()) values = values.contiguous();
  const auto [place, fresh] =
      seen_.try_emplace(name->second, fmt::format("activations of layer '{}'", name->second));
  if (fresh) order_.push_back(name->second);
  place->second.add({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())},
                    at::get_num_threads());
  if (options_.scales)
    add_scales(dynamic_cast<const ConvLayer*>(&layer) != nullptr, values, scales_[name->second]);
}

ValueStatistics ActivationObserver::statistics(const std::string& layer) const {
  const auto found = seen_.find(layer);
  return found == seen_.end() ? ValueStatistics{} : found->second.statistics();
}

const ActivationScales& ActivationObserver::scales(const std::string& layer) const {
  static const ActivationScales none;
  const auto found = scales_.find(layer);
  return found == scales_.end() ? none : found->second;
}

}  // namespace adagrain
