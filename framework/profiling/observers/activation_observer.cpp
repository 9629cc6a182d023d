#include "framework/profiling/observers/activation_observer.h"

#include <fmt/format.h>

#include <algorithm>

namespace adagrain {

ActivationObserver::ActivationObserver(const Network& network, std::int64_t images) : images_(images) {
  for (const auto& item : network.named_modules()) names_[item.value().get()] = item.key();
}

void ActivationObserver::on_layer(const torch::nn::Module& layer, const torch::Tensor& input,
                                  const torch::Tensor&) {
  const auto name = names_.find(&layer);
  if (name == names_.end()) return;  // another network's
  torch::Tensor values = input.detach();
  if (images_ > 0) values = values.slice(0, 0, std::min(images_, values.size(0)));
  values = values.to(torch::kCPU, torch::kFloat32);
  // The order of the values does not matter, so channels_last memory is read as it lies.
  if (!values.is_non_overlapping_and_dense()) values = values.contiguous();
  const auto [place, fresh] =
      seen_.try_emplace(name->second, fmt::format("activations of layer '{}'", name->second));
  if (fresh) order_.push_back(name->second);
  place->second.add({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())},
                    at::get_num_threads());
}

ValueStatistics ActivationObserver::statistics(const std::string& layer) const {
  const auto found = seen_.find(layer);
  return found == seen_.end() ? ValueStatistics{} : found->second.statistics();
}

}  // namespace adagrain
