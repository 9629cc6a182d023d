// Every kind of layer at a size where the slow way is cheap: strided, padded, depthwise and plain
// convolutions, a Linear on tokens and one on vectors.
#pragma once

#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {

class TinyNetwork : public Network {
 public:
  TinyNetwork()
      : strided_(register_module("strided", conv(1, 4, 3, 2, 1))),
        grouped_(register_module("grouped", conv(4, 6, 3, 1, 0, 2))),
        depthwise_(register_module("depthwise", conv(6, 6, 2, 1, 1, 6, false))),
        tokens_(register_module("tokens", linear(6, 5))),
        vectors_(register_module("vectors", linear(5, 3))) {}

  // [n, 1, 7, 7] -> [n, 3]
  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = torch::relu(strided_->forward(images));
    x = torch::relu(grouped_->forward(x));
    x = depthwise_->forward(x).flatten(2).transpose(1, 2);
    return vectors_->forward(torch::tanh(tokens_->forward(x)).mean(1));
  }

 private:
  std::shared_ptr<ConvLayer> strided_, grouped_, depthwise_;
  std::shared_ptr<LinearLayer> tokens_, vectors_;
};

}  // namespace adagrain
