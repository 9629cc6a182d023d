// ResNet-20 for small images (He et al., 2016, section 4.2): three stages of three residual blocks of 16, 32
// and 64 channels; 0.27 M parameters. Shortcuts that change shape are 1x1 convolutions.
#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {
namespace {

class ResidualBlock : public torch::nn::Module {
 public:
  ResidualBlock(std::int64_t in, std::int64_t out, std::int64_t stride)
      : first_(register_module("first", std::make_shared<ConvNorm>(in, out, 3, stride))),
        second_(register_module("second", std::make_shared<ConvNorm>(out, out, 3, 1, 1, false))) {
    if (in != out) {
      shortcut_ = register_module("shortcut", std::make_shared<ConvNorm>(in, out, 1, stride, 1, false));
    }
  }

  torch::Tensor forward(const torch::Tensor& input) {
    const torch::Tensor residual = second_->forward(first_->forward(input));
    return (residual + (shortcut_ ? shortcut_->forward(input) : input)).relu_();
  }

 private:
  std::shared_ptr<ConvNorm> first_, second_, shortcut_;
};

class Resnet20 : public Network {
 public:
  Resnet20() : stem_(register_module("stem", std::make_shared<ConvNorm>(1, 16, 3))) {
    std::int64_t channels = 16;
    for (const std::int64_t width : {16, 32, 64}) {
      for (int i = 0; i < 3; ++i) {
        blocks_.push_back(
            register_module("block" + std::to_string(blocks_.size() + 1),
                            std::make_shared<ResidualBlock>(channels, width, channels != width ? 2 : 1)));
        channels = width;
      }
    }
    classifier_ = register_module("classifier", linear(channels, 10));
  }

  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = stem_->forward(images);
    for (const auto& block : blocks_) x = block->forward(x);
    return classifier_->forward(x.mean({2, 3}));
  }

 private:
  std::shared_ptr<ConvNorm> stem_;
  std::vector<std::shared_ptr<ResidualBlock>> blocks_;
  std::shared_ptr<LinearLayer> classifier_;
};

const bool registered =
    Registry<Network>::add("resnet20", "nine residual blocks of 16, 32, 64 channels; 0.27 M parameters",
                           [] { return std::make_unique<Resnet20>(); });

}  // namespace
}  // namespace adagrain
