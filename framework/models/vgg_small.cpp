// VGG's pattern (Simonyan, Zisserman, 2015) at the size of 28x28 images: 3x3 convolutions with batch norm,
// the width doubled at each pooling; 1.16 M parameters, 30 M multiply-accumulates.
#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {
namespace {

class VggSmall : public Network {
 public:
  VggSmall() {
    std::int64_t channels = 1;
    for (const auto& stage : {std::vector<std::int64_t>{32}, {64, 64}, {128, 128}, {256, 256}}) {
      for (const std::int64_t width : stage) {
        stages_.push_back(register_module("conv" + std::to_string(stages_.size() + 1),
                                          std::make_shared<ConvNorm>(channels, width, 3)));
        channels = width;
      }
      last_of_stage_.push_back(stages_.size() - 1);
    }
    classifier_ = register_module("classifier", linear(channels, 10));
  }

  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = images;
    for (std::size_t i = 0, stage = 0; i < stages_.size(); ++i) {
      x = stages_[i]->forward(x);
      if (i != last_of_stage_[stage]) continue;
      ++stage;
      x = stage < last_of_stage_.size() ? torch::max_pool2d(x, 2) : x.mean({2, 3});
    }
    return classifier_->forward(x);
  }

 private:
  std::vector<std::shared_ptr<ConvNorm>> stages_;
  std::vector<std::size_t> last_of_stage_;
  std::shared_ptr<LinearLayer> classifier_;
};

const bool registered =
    Registry<Network>::add("vgg_small", "seven 3x3 convolutions with batch norm; 1.16 M parameters",
                           [] { return std::make_unique<VggSmall>(); });

}  // namespace
}  // namespace adagrain
