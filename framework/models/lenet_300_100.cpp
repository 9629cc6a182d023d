// The fully connected LeNet (LeCun et al., 1998): 784-300-100-10, 266,610 parameters.
#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {
namespace {

class Lenet300100 : public Network {
 public:
  Lenet300100()
      : fc1_(register_module("fc1", linear(28 * 28, 300))),
        fc2_(register_module("fc2", linear(300, 100))),
        fc3_(register_module("fc3", linear(100, 10))) {}

  torch::Tensor forward(torch::Tensor images) override {
    const torch::Tensor hidden = torch::relu(fc1_->forward(images.flatten(1)));
    return fc3_->forward(torch::relu(fc2_->forward(hidden)));
  }

 private:
  std::shared_ptr<LinearLayer> fc1_, fc2_, fc3_;
};

const bool registered = Registry<Network>::add("lenet_300_100", "784-300-100-10; 266,610 parameters",
                                               [] { return std::make_unique<Lenet300100>(); });

}  // namespace
}  // namespace adagrain
