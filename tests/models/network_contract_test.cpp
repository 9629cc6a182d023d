#include <gtest/gtest.h>
#include <torch/torch.h>

#include <map>
#include <set>
#include <string>

#include "framework/models/layers.h"
#include "framework/models/network.h"

namespace adagrain {
namespace {

const Shape kOneImage = {1, 1, 28, 28};

class NetworkContract : public testing::TestWithParam<std::string> {
 protected:
  static std::shared_ptr<Network> seeded(std::uint64_t seed) {
    torch::manual_seed(seed);
    return make_network(GetParam());
  }
};

INSTANTIATE_TEST_SUITE_P(Every, NetworkContract, testing::ValuesIn(Registry<Network>::names()),
                         [](const auto& test) { return test.param; });

TEST_P(NetworkContract, MapsImagesToTenFiniteLogits) {
  const auto network = seeded(1);
  const torch::NoGradGuard no_grad;
  for (const bool training : {true, false}) {
    network->train(training);
    const torch::Tensor logits = network->forward(torch::randn({3, 1, 28, 28}));
    EXPECT_EQ(logits.sizes().vec(), (Shape{3, 10}));
    EXPECT_TRUE(logits.isfinite().all().item<bool>());
  }
}

TEST_P(NetworkContract, JudgesAnImageAloneAsInABatch) {
  const auto network = seeded(1);
  network->eval();
  const torch::NoGradGuard no_grad;
  const torch::Tensor images = torch::randn({3, 1, 28, 28});
  const torch::Tensor together = network->forward(images);
  for (std::int64_t i = 0; i < 3; ++i) {
    const torch::Tensor alone = network->forward(images.narrow(0, i, 1));
    EXPECT_TRUE(torch::allclose(alone, together.narrow(0, i, 1), 1e-4, 1e-5));
  }
}

TEST_P(NetworkContract, MemoryLayoutDoesNotMatter) {
  const auto network = seeded(1);
  network->eval();
  const torch::NoGradGuard no_grad;
  const torch::Tensor images = torch::randn({2, 1, 28, 28});
  const torch::Tensor before = network->forward(images);
  for (torch::Tensor& parameter : network->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
  const torch::Tensor after = network->forward(images.contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(torch::allclose(before, after, 1e-4, 1e-5));
}

TEST_P(NetworkContract, TheSeedDecidesTheWeights) {
  EXPECT_EQ(read_checkpoint(*seeded(1)), read_checkpoint(*seeded(1)));
  EXPECT_NE(read_checkpoint(*seeded(1)), read_checkpoint(*seeded(2)));
}

TEST_P(NetworkContract, EveryParameterLearns) {
  const auto network = seeded(1);
  network->train();
  network->forward(torch::randn({4, 1, 28, 28})).square().sum().backward();
  for (const auto& parameter : network->named_parameters()) {
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_GT(parameter.value().grad().abs().sum().item<double>(), 0) << parameter.key();
  }
}

TEST_P(NetworkContract, ACheckpointIsTheWholeNetwork) {
  const auto network = seeded(1);
  const torch::NoGradGuard no_grad;
  const torch::Tensor images = torch::randn({4, 1, 28, 28});
  network->train();
  network->forward(images);  // moves the batch norms' statistics away from those of a fresh network
  const auto other = seeded(2);
  load_checkpoint(*other, read_checkpoint(*network));
  network->eval();
  other->eval();
  EXPECT_TRUE(torch::equal(network->forward(images), other->forward(images)));
  EXPECT_EQ(read_checkpoint(*other), read_checkpoint(*network));
}

TEST_P(NetworkContract, EveryWeightTensorIsDescribedOnceAsItIs) {
  const auto network = seeded(1);
  std::map<std::string, Shape> weights;
  for (const auto& parameter : network->named_parameters()) {
    const std::int64_t dimensions = parameter.value().dim();
    if (parameter.key().ends_with(".weight") && (dimensions == 2 || dimensions == 4))
      weights[parameter.key()] = parameter.value().sizes().vec();
  }
  std::int64_t depth = 0;
  for (const LayerDescription& layer : describe_layers(*network, kOneImage)) {
    EXPECT_EQ(layer.depth, depth++);
    EXPECT_EQ(layer.weight_name, layer.name + ".weight");
    ASSERT_TRUE(weights.contains(layer.weight_name))
        << layer.weight_name << " is described twice, or unknown";
    EXPECT_EQ(weights.at(layer.weight_name), layer.weight_shape);
    weights.erase(layer.weight_name);
  }
  EXPECT_TRUE(weights.empty()) << weights.begin()->first << " runs through no observed layer";
}

TEST_P(NetworkContract, DescribedSizesAgreeWithEachOther) {
  for (const LayerDescription& layer : describe_layers(*seeded(1), kOneImage)) {
    EXPECT_EQ(layer.macs, layer.weight_count() * layer.output_height * layer.output_width) << layer.name;
    if (layer.operation == Operation::linear) {
      EXPECT_EQ(layer.input_height, layer.output_height);
      EXPECT_EQ(layer.output_width, 1);
      continue;
    }
    const std::int64_t kernel = layer.weight_shape[2];
    EXPECT_EQ((layer.input_height - kernel) / layer.stride + 1, layer.output_height) << layer.name;
    EXPECT_EQ((layer.input_width - kernel) / layer.stride + 1, layer.output_width) << layer.name;
    EXPECT_EQ(layer.operation == Operation::depthwise_conv2d, layer.groups > 1) << layer.name;
  }
}

TEST_P(NetworkContract, ABatchNormIsNamedWhereItFollows) {
  const auto network = seeded(1);
  std::set<std::string> norms, named;
  for (const auto& module : network->named_modules()) {
    if (module.value()->as<torch::nn::BatchNorm2d>() != nullptr) norms.insert(module.key());
  }
  const auto buffers = network->named_buffers();
  for (const LayerDescription& layer : describe_layers(*network, kOneImage)) {
    if (layer.batch_norm.empty()) continue;
    named.insert(layer.batch_norm);
    const torch::Tensor* mean = buffers.find(layer.batch_norm + ".running_mean");
    ASSERT_NE(mean, nullptr) << layer.batch_norm;
    EXPECT_EQ(mean->numel(), layer.output_channels());
  }
  EXPECT_EQ(named, norms);
}

TEST_P(NetworkContract, DescribingChangesNothing) {
  const auto network = seeded(1);
  const Checkpoint before = read_checkpoint(*network);
  for (const bool training : {true, false}) {
    network->train(training);
    describe_layers(*network, kOneImage);
    EXPECT_EQ(network->is_training(), training);
  }
  EXPECT_EQ(read_checkpoint(*network), before);
}

}  // namespace
}  // namespace adagrain
