// MobileNet's depthwise separable convolutions (Howard et al., 2017) at the size of 28x28 images: each block
// is a 3x3 convolution of every channel alone and a 1x1 convolution across them.
#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {
namespace {

class MobilenetSmall : public Network {
 public:
  MobilenetSmall() : stem_(register_module("stem", std::make_shared<ConvNorm>(1, 32, 3, 2))) {
    struct Block {
      std::int64_t width, stride;
    };
    std::int64_t channels = 32;
    for (const Block& block : {Block{64, 1}, {64, 1}, {128, 2}, {128, 1}, {128, 1}, {256, 2}, {256, 1}}) {
      const std::string number = std::to_string(depthwise_.size() + 1);
      depthwise_.push_back(register_module(
          "depthwise" + number, std::make_shared<ConvNorm>(channels, channels, 3, block.stride, channels)));
      pointwise_.push_back(
          register_module("pointwise" + number, std::make_shared<ConvNorm>(channels, block.width, 1)));
      channels = block.width;
    }
    classifier_ = register_module("classifier", linear(channels, 10));
  }

  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = stem_->forward(images);
    for (std::size_t i = 0; i < depthwise_.size(); ++i) x = pointwise_[i]->forward(depthwise_[i]->forward(x));
    return classifier_->forward(x.mean({2, 3}));
  }

 private:
  std::shared_ptr<ConvNorm> stem_;
  std::vector<std::shared_ptr<ConvNorm>> depthwise_, pointwise_;
  std::shared_ptr<LinearLayer> classifier_;
};

const bool registered =
    Registry<Network>::add("mobilenet_small", "seven depthwise separable blocks; 0.16 M parameters",
                           [] { return std::make_unique<MobilenetSmall>(); });

}  // namespace
}  // namespace adagrain
