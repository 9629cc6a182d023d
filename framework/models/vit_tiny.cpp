// A vision transformer (Dosovitskiy et al., 2021) at the size of 28x28 images: 4x4 patches, 64 features, 4
// heads, pre-norm blocks; attention's query, key, value and output maps are layers of their own.
#include <cmath>

#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {
namespace {

constexpr std::int64_t kFeatures = 64, kHeads = 4, kBlocks = 4, kPatch = 4, kTokens = 49;

class AttentionBlock : public torch::nn::Module {
 public:
  AttentionBlock()
      : query_(register_module("query", linear(kFeatures, kFeatures))),
        key_(register_module("key", linear(kFeatures, kFeatures))),
        value_(register_module("value", linear(kFeatures, kFeatures))),
        output_(register_module("output", linear(kFeatures, kFeatures))),
        widen_(register_module("widen", linear(kFeatures, 4 * kFeatures))),
        narrow_(register_module("narrow", linear(4 * kFeatures, kFeatures))),
        before_attention_(register_module("before_attention", norm())),
        before_mlp_(register_module("before_mlp", norm())) {}

  torch::Tensor forward(const torch::Tensor& tokens) {
    const torch::Tensor x = tokens + attend(before_attention_->forward(tokens));
    return x + narrow_->forward(torch::gelu(widen_->forward(before_mlp_->forward(x))));
  }

 private:
  static torch::nn::LayerNorm norm() {
    return torch::nn::LayerNorm(torch::nn::LayerNormOptions({kFeatures}));
  }

  // [batch, tokens, features] -> [batch, heads, tokens, features / heads]
  static torch::Tensor split_heads(const torch::Tensor& x) {
    return x.reshape({x.size(0), x.size(1), kHeads, kFeatures / kHeads}).transpose(1, 2);
  }

  torch::Tensor attend(const torch::Tensor& x) {
    const torch::Tensor queries = split_heads(query_->forward(x));
    const torch::Tensor keys = split_heads(key_->forward(x));
    const double scale = 1.0 / std::sqrt(static_cast<double>(kFeatures / kHeads));
    const torch::Tensor attention = torch::softmax(torch::matmul(queries, keys.transpose(2, 3)) * scale, -1);
    const torch::Tensor mixed = torch::matmul(attention, split_heads(value_->forward(x)));
    return output_->forward(mixed.transpose(1, 2).reshape(x.sizes()));
  }

  std::shared_ptr<LinearLayer> query_, key_, value_, output_, widen_, narrow_;
  torch::nn::LayerNorm before_attention_, before_mlp_;
};

class VitTiny : public Network {
 public:
  VitTiny()
      : patches_(register_module("patches", conv(1, kFeatures, kPatch, kPatch))),
        positions_(register_parameter("positions", 0.02 * torch::randn({1, kTokens, kFeatures}))),
        last_norm_(
            register_module("last_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({kFeatures})))),
        classifier_(register_module("classifier", linear(kFeatures, 10))) {
    for (std::int64_t i = 0; i < kBlocks; ++i) {
      blocks_.push_back(register_module("block" + std::to_string(i + 1), std::make_shared<AttentionBlock>()));
    }
  }

  torch::Tensor forward(torch::Tensor images) override {
    torch::Tensor x = patches_->forward(images).flatten(2).transpose(1, 2) + positions_;
    for (const auto& block : blocks_) x = block->forward(x);
    return classifier_->forward(last_norm_->forward(x).mean(1));
  }

 private:
  std::shared_ptr<ConvLayer> patches_;
  torch::Tensor positions_;
  torch::nn::LayerNorm last_norm_;
  std::shared_ptr<LinearLayer> classifier_;
  std::vector<std::shared_ptr<AttentionBlock>> blocks_;
};

const bool registered =
    Registry<Network>::add("vit_tiny", "four attention blocks of 64 features; 0.2 M parameters",
                           [] { return std::make_unique<VitTiny>(); });

}  // namespace
}  // namespace adagrain
