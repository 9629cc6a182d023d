// The layers networks are made of: LibTorch's Conv2d and Linear, which let an observer see what runs through
// them.
#pragma once

#include <torch/torch.h>

namespace adagrain {

// Sees every Conv2d and Linear as it runs. One at a time per thread; without one, a layer pays one branch.
class LayerTap {
 public:
  LayerTap();
  virtual ~LayerTap();
  LayerTap(const LayerTap&) = delete;
  LayerTap& operator=(const LayerTap&) = delete;

  virtual void on_layer(const torch::nn::Module& layer, const torch::Tensor& input,
                        const torch::Tensor& output) = 0;

  static LayerTap* active();

 private:
  LayerTap* previous_;
};

class ConvLayer : public torch::nn::Conv2dImpl {
 public:
  using Conv2dImpl::Conv2dImpl;
  torch::Tensor forward(const torch::Tensor& input);
};

class LinearLayer : public torch::nn::LinearImpl {
 public:
  using LinearImpl::LinearImpl;
  torch::Tensor forward(const torch::Tensor& input);
};

std::shared_ptr<ConvLayer> conv(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                std::int64_t stride = 1, std::int64_t padding = 0, std::int64_t groups = 1,
                                bool bias = true);
std::shared_ptr<LinearLayer> linear(std::int64_t in, std::int64_t out);

// Convolution without bias, batch norm and, where asked, a rectifier.
class ConvNorm : public torch::nn::Module {
 public:
  ConvNorm(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
           std::int64_t groups = 1, bool rectify = true);
  torch::Tensor forward(const torch::Tensor& input);

 private:
  std::shared_ptr<ConvLayer> conv_;
  torch::nn::BatchNorm2d norm_;
  bool rectify_;
};

}  // namespace adagrain
