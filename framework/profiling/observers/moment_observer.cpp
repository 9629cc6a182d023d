#include "framework/profiling/observers/moment_observer.h"

#include <algorithm>

#include "framework/models/layers.h"

namespace adagrain {

namespace {

constexpr std::int64_t kBatch = 32;  // images; bounds both the patches held and the length of float32 sums

// [n, ...] -> [groups, columns, samples]
torch::Tensor samples_of_convolution(const ConvLayer& conv, const torch::Tensor& input) {
  const auto& o = conv.options;
  const auto padding = get<torch::ExpandingArray<2>>(o.padding());
  const torch::Tensor patches = torch::im2col(input.contiguous(), *o.kernel_size(), *o.dilation(), *padding,
                                              *o.stride());  // [n, in k k, positions]
  const std::int64_t columns = patches.size(1) / o.groups();
  return patches.reshape({patches.size(0), o.groups(), columns, patches.size(2)})
      .permute({1, 2, 0, 3})
      .reshape({o.groups(), columns, -1});
}

torch::Tensor samples_of_linear(const torch::Tensor& input) {
  return input.reshape({-1, input.size(-1)}).t().unsqueeze(0);
}

class MomentObserver : public LayerTap {
 public:
  explicit MomentObserver(const Network& network) {
    for (const auto& item : network.named_modules()) names_[item.value().get()] = item.key();
  }

  void on_layer(const torch::nn::Module& layer, const torch::Tensor& input, const torch::Tensor&) override {
    const auto* conv = dynamic_cast<const ConvLayer*>(&layer);
    const torch::Tensor samples =
        conv != nullptr ? samples_of_convolution(*conv, input) : samples_of_linear(input);
    const torch::Tensor products = torch::matmul(samples, samples.transpose(1, 2)).to(torch::kCPU);
    const auto [place, fresh] = sums_.try_emplace(names_.at(&layer), products.to(torch::kDouble));
    if (!fresh) place->second.add_(products);
    samples_[names_.at(&layer)] += samples.size(2);
  }

  std::map<std::string, InputMoments> moments() const {
    std::map<std::string, InputMoments> all;
    for (const auto& [name, sum] : sums_) {
      const torch::Tensor mean = (sum / static_cast<double>(samples_.at(name))).contiguous();
      const double* values = mean.data_ptr<double>();
      all[name] = {mean.size(1), mean.size(0), {values, values + mean.numel()}};
    }
    return all;
  }

 private:
  std::map<const torch::nn::Module*, std::string> names_;
  std::map<std::string, torch::Tensor> sums_;  // [groups, columns, columns], double
  std::map<std::string, std::int64_t> samples_;
};

}  // namespace

std::map<std::string, InputMoments> measure_input_moments(Network& network, const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  const bool was_training = network.is_training();
  network.eval();
  const MomentObserver observer(network);
  for (std::int64_t first = 0; first < images.size(0); first += kBatch) {
    network.forward(images.slice(0, first, std::min(images.size(0), first + kBatch))
                        .to(network.parameters().front().device()));
  }
  network.train(was_training);
  return observer.moments();
}

}  // namespace adagrain
