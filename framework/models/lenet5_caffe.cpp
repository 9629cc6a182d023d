// LeNet-5 as Caffe ships it (LeCun et al., 1998; Jia et al., 2014): 431,080 parameters, the classic of
// compression.
#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {
namespace {

class Lenet5Caffe : public Network {
 public:
  Lenet5Caffe()
      : conv1_(register_module("conv1", conv(1, 20, 5))),
        conv2_(register_module("conv2", conv(20, 50, 5))),
        fc1_(register_module("fc1", linear(50 * 4 * 4, 500))),
        fc2_(register_module("fc2", linear(500, 10))) {}

  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = torch::max_pool2d(conv1_->forward(images), 2);
    x = torch::max_pool2d(conv2_->forward(x), 2);
    return fc2_->forward(torch::relu(fc1_->forward(x.flatten(1))));
  }

 private:
  std::shared_ptr<ConvLayer> conv1_, conv2_;
  std::shared_ptr<LinearLayer> fc1_, fc2_;
};

const bool registered =
    Registry<Network>::add("lenet5_caffe", "conv 20@5x5, conv 50@5x5, 500, 10; 431,080 parameters",
                           [] { return std::make_unique<Lenet5Caffe>(); });

}  // namespace
}  // namespace adagrain
