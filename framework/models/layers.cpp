#include "framework/models/layers.h"

namespace adagrain {

namespace {
thread_local LayerTap* current = nullptr;
}

LayerTap::LayerTap() : previous_(current) {
  current = this;
}
LayerTap::~LayerTap() {
  current = previous_;
}
LayerTap* LayerTap::active() {
  return current;
}

torch::Tensor ConvLayer::forward(const torch::Tensor& input) {
  torch::Tensor output = Conv2dImpl::forward(input);
  if (current != nullptr) current->on_layer(*this, input, output);
  return output;
}

torch::Tensor LinearLayer::forward(const torch::Tensor& input) {
  torch::Tensor output = LinearImpl::forward(input);
  if (current != nullptr) current->on_layer(*this, input, output);
  return output;
}

std::shared_ptr<ConvLayer> conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                                std::int64_t padding, std::int64_t groups, bool bias) {
  return std::make_shared<ConvLayer>(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).groups(groups).bias(bias));
}

std::shared_ptr<LinearLayer> linear(std::int64_t in, std::int64_t out) {
  return std::make_shared<LinearLayer>(torch::nn::LinearOptions(in, out));
}

ConvNorm::ConvNorm(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                   std::int64_t groups, bool rectify)
    : conv_(register_module("conv", conv(in, out, kernel, stride, kernel / 2, groups, false))),
      norm_(register_module("norm", torch::nn::BatchNorm2d(out))),
      rectify_(rectify) {}

torch::Tensor ConvNorm::forward(const torch::Tensor& input) {
  torch::Tensor output = norm_->forward(conv_->forward(input));
  return rectify_ ? output.relu_() : output;
}

}  // namespace adagrain
