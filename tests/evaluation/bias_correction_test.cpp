#include "framework/evaluation/bias_correction.h"

#include <gtest/gtest.h>

#include "framework/core/checkpoint.h"
#include "framework/models/layers.h"
#include "tests/profiling/observers/tiny_network.h"

namespace adagrain {
namespace {

class NormedNetwork : public Network {
 public:
  NormedNetwork()
      : first_(register_module("first", std::make_shared<ConvNorm>(1, 6, 3))),
        second_(register_module("second", std::make_shared<ConvNorm>(6, 4, 3))),
        last_(register_module("last", linear(4, 3))) {}

  torch::Tensor forward(torch::Tensor images) override {
    return last_->forward(second_->forward(first_->forward(images)).mean({2, 3}));
  }

 private:
  std::shared_ptr<ConvNorm> first_, second_;
  std::shared_ptr<LinearLayer> last_;
};

class MeanTap : public LayerTap {
 public:
  void on_layer(const torch::nn::Module& layer, const torch::Tensor&, const torch::Tensor& output) override {
    means[&layer] =
        output.dim() == 4 ? output.mean({0, 2, 3}) : output.reshape({-1, output.size(-1)}).mean(0);
  }
  std::map<const torch::nn::Module*, torch::Tensor> means;
};

std::map<const torch::nn::Module*, torch::Tensor> layer_means(Network& network, const Checkpoint& checkpoint,
                                                              const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  network.eval();
  load_checkpoint(network, checkpoint);
  MeanTap tap;
  network.forward(images);
  return tap.means;
}

Checkpoint coarse(Checkpoint checkpoint) {
  for (Tensor& tensor : checkpoint) {
    if (tensor.shape.size() < 2) continue;
    for (float& value : tensor.values) value = std::nearbyint(value * 4) / 4;
  }
  return checkpoint;
}

// Weights of the second, all else of the first.
Checkpoint with_weights(Checkpoint checkpoint, const Checkpoint& weights) {
  for (std::size_t i = 0; i < checkpoint.size(); ++i) {
    if (checkpoint[i].shape.size() > 1) checkpoint[i] = weights[i];
  }
  return checkpoint;
}

TEST(BiasCorrection, EveryLayerWithABiasGetsItsMeansBack) {
  torch::manual_seed(3);
  const auto owned = std::make_shared<TinyNetwork>();
  Network& network = *owned;
  const torch::Tensor images = torch::randn({50, 1, 7, 7});
  const auto layers = describe_layers(network, {1, 1, 7, 7});
  const Checkpoint original = read_checkpoint(network), decoded = coarse(original);
  const Checkpoint corrected = correct_biases(network, layers, original, decoded, images);
  const auto modules = network.named_modules();
  const auto wanted = layer_means(network, original, images);
  const auto before = layer_means(network, decoded, images);
  const auto after = layer_means(network, with_weights(corrected, decoded), images);
  for (const LayerDescription& layer : layers) {
    const torch::nn::Module* module = modules[layer.name].get();
    EXPECT_FALSE(torch::allclose(before.at(module), wanted.at(module), 1e-2, 1e-3)) << layer.name;
    // "depthwise" has no bias: it stays wrong, and those behind it are corrected on what it really gives.
    EXPECT_EQ(torch::allclose(after.at(module), wanted.at(module), 1e-4, 1e-5), layer.name != "depthwise")
        << layer.name;
  }
}

TEST(BiasCorrection, ABatchNormsBiasIsShiftedInItsOwnUnits) {
  torch::manual_seed(4);
  const auto owned = std::make_shared<NormedNetwork>();
  Network& network = *owned;
  const torch::Tensor images = torch::randn({50, 1, 8, 8});
  network.train();
  for (int pass = 0; pass < 20; ++pass) network.forward(images);  // statistics unlike 0 and 1
  const auto layers = describe_layers(network, {1, 1, 8, 8});
  Checkpoint original = read_checkpoint(network);
  for (float& scale : find_tensor(original, "first.norm.weight")->values) scale = 2.5F;
  const Checkpoint decoded = coarse(original);
  const Checkpoint corrected =
      with_weights(correct_biases(network, layers, original, decoded, images), decoded);
  const auto wanted = layer_means(network, original, images);
  const auto after = layer_means(network, corrected, images);
  // Whatever is not made up for before, the last layer's own bias makes up for.
  const auto* last = network.named_modules()["last"].get();
  EXPECT_TRUE(torch::allclose(after.at(last), wanted.at(last), 1e-4, 1e-5));
  // A norm's output: scale / sqrt(variance + e) * (the convolution's - mean) + bias.
  const torch::nn::Module* first = network.named_modules()["first.conv"].get();
  const Tensor& variance = *find_tensor(original, "first.norm.running_var");
  const Tensor& bias = *find_tensor(original, "first.norm.bias");
  const Tensor& shifted = *find_tensor(corrected, "first.norm.bias");
  const auto uncorrected = layer_means(network, decoded, images);
  for (std::int64_t channel = 0; channel < 6; ++channel) {
    const auto place = static_cast<std::size_t>(channel);
    const double shift = (wanted.at(first)[channel] - uncorrected.at(first)[channel]).item<double>();
    EXPECT_NEAR(shifted.values[place] - bias.values[place],
                shift * 2.5 / std::sqrt(variance.values[place] + 1e-5), 1e-5);
  }
}

TEST(BiasCorrection, WeightsThatDidNotChangeNeedNone) {
  torch::manual_seed(5);
  const auto owned = std::make_shared<TinyNetwork>();
  Network& network = *owned;
  const auto layers = describe_layers(network, {1, 1, 7, 7});
  const Checkpoint original = read_checkpoint(network);
  const Checkpoint corrected =
      correct_biases(network, layers, original, original, torch::randn({20, 1, 7, 7}));
  EXPECT_EQ(corrected, original);
}

}  // namespace
}  // namespace adagrain
