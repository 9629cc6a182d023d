#include "framework/models/network.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <string>

#include "framework/core/error.h"
#include "framework/models/layers.h"

namespace adagrain {
namespace {

struct Size {
  std::string network;
  std::int64_t parameters, macs;
};

std::int64_t parameters(const Network& network) {
  std::int64_t sum = 0;
  for (const torch::Tensor& parameter : network.parameters()) sum += parameter.numel();
  return sum;
}

// Counted by hand from each network's description, batch norms and biases included.
TEST(Networks, HaveTheKnownNumbersOfParametersAndMultiplyAccumulates) {
  const std::vector<Size> known = {
      {"lenet_300_100", 266'610, 266'200},
      {"lenet5_caffe", 431'080, 288'000 + 1'600'000 + 400'000 + 5'000},
      // 3x3 kernels: 9 (1*32 + 32*64 + 64*64 + 64*128 + 128*128 + 128*256 + 256*256), norms 2 * 928, 2570.
      {"vgg_small", 1'161'504 + 1'856 + 2'570,
       784 * 288 + 196 * 9 * (2048 + 4096) + 49 * 9 * (8192 + 16384) + 9 * 9 * (32768 + 65536) + 2560},
      // Stem 144; stages 6*2304, 4608 + 5*9216, 18432 + 5*36864; shortcuts 512 + 2048; norms 2 * 784; 650.
      {"resnet20", 144 + 13'824 + 50'688 + 202'752 + 2'560 + 1'568 + 650,
       784 * (144 + 13'824) + 196 * (50'688 + 512) + 49 * (202'752 + 2'048) + 640},
  };
  for (const Size& size : known) {
    const auto network = make_network(size.network);
    EXPECT_EQ(parameters(*network), size.parameters) << size.network;
    std::int64_t macs = 0;
    for (const LayerDescription& layer : describe_layers(*network, {1, 1, 28, 28})) macs += layer.macs;
    EXPECT_EQ(macs, size.macs) << size.network;
  }
}

TEST(Networks, Lenet5IsDescribedAsByHand) {
  const auto layers = describe_layers(*make_network("lenet5_caffe"), {1, 1, 28, 28});
  ASSERT_EQ(layers.size(), 4u);
  EXPECT_EQ(layers[0].name, "conv1");
  EXPECT_EQ(layers[0].weight_shape, (Shape{20, 1, 5, 5}));
  EXPECT_EQ(layers[0].input_height, 28);
  EXPECT_EQ(layers[0].output_width, 24);
  EXPECT_EQ(layers[0].macs, 20 * 25 * 24 * 24);
  EXPECT_EQ(layers[1].name, "conv2");
  EXPECT_EQ(layers[1].input_width, 12);
  EXPECT_EQ(layers[1].output_height, 8);
  EXPECT_EQ(layers[1].macs, 50 * 20 * 25 * 8 * 8);
  EXPECT_EQ(layers[2].name, "fc1");
  EXPECT_EQ(layers[2].operation, Operation::linear);
  EXPECT_EQ(layers[2].macs, 800 * 500);
  EXPECT_EQ(layers[3].weight_shape, (Shape{10, 500}));
  EXPECT_EQ(layers[3].batch_norm, "");
}

TEST(Networks, LayersAreListedInTheOrderTheyRun) {
  std::vector<std::string> names;
  for (const LayerDescription& layer : describe_layers(*make_network("resnet20"), {1, 1, 28, 28}))
    names.push_back(layer.name);
  ASSERT_EQ(names.size(), 22u);  // 20 and two shortcuts
  const auto block = std::find(names.begin(), names.end(), "block4.first.conv");
  ASSERT_LE(block + 3, names.end());
  EXPECT_EQ(block[1], "block4.second.conv");
  EXPECT_EQ(block[2], "block4.shortcut.conv");
  EXPECT_EQ(names.back(), "classifier");
}

TEST(Networks, StridedDepthwiseAndSequenceLayersAreDescribed) {
  const auto mobile = describe_layers(*make_network("mobilenet_small"), {1, 1, 28, 28});
  EXPECT_EQ(mobile[1].operation, Operation::depthwise_conv2d);
  EXPECT_EQ(mobile[1].groups, 32);
  EXPECT_EQ(mobile[1].weight_shape, (Shape{32, 1, 3, 3}));
  EXPECT_EQ(mobile[1].batch_norm, "depthwise1.norm");
  EXPECT_EQ(mobile[5].stride, 2);
  EXPECT_EQ(mobile[5].output_height, 7);
  EXPECT_EQ(mobile[5].input_height, 15);  // rows -1..13; a stride of two leaves the last padding out
  EXPECT_EQ(mobile[5].macs, 64 * 9 * 7 * 7);
  const auto vit = describe_layers(*make_network("vit_tiny"), {1, 1, 28, 28});
  EXPECT_EQ(vit[0].macs, 64 * 16 * 49);
  EXPECT_EQ(vit[1].name, "block1.query");
  EXPECT_EQ(vit[1].output_height, 49);
  EXPECT_EQ(vit[1].macs, 64 * 64 * 49);
  EXPECT_EQ(vit.back().output_height, 1);
}

TEST(Networks, AnUnknownNameListsTheKnownOnes) {
  try {
    make_network("lenet");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("unknown network 'lenet'; known: "), std::string::npos)
        << error.what();
  }
}

class LoadCheckpoint : public testing::Test {
 protected:
  void expect_refused(const std::string& text) {
    const Checkpoint before = read_checkpoint(*network_);
    try {
      load_checkpoint(*network_, weights_);
      ADD_FAILURE() << "accepted; expected: " << text;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
    EXPECT_EQ(read_checkpoint(*network_), before) << "a refused checkpoint changed the network";
  }

  std::shared_ptr<Network> network_ = make_network("lenet_300_100");
  Checkpoint weights_ = read_checkpoint(*make_network("lenet_300_100"));
};

TEST_F(LoadCheckpoint, AMissingTensorIsNamed) {
  weights_.pop_back();
  expect_refused("no tensor 'fc3.bias'");
}

TEST_F(LoadCheckpoint, AnUnexpectedTensorIsNamed) {
  weights_.push_back({"fc4.bias", {1}, {0}});
  expect_refused("a tensor 'fc4.bias', which the network does not know");
}

TEST_F(LoadCheckpoint, AnotherShapeIsRefused) {
  weights_[2].shape = {300, 100};
  expect_refused("tensor 'fc2.weight' has shape [300, 100]; the network's is [100, 300]");
}

TEST_F(LoadCheckpoint, ValuesThatAreNotFiniteAreRefused) {
  weights_[4].values[7] = std::numeric_limits<float>::quiet_NaN();
  expect_refused("tensor 'fc3.weight' holds nan at element 7");
  weights_[4].values[7] = -std::numeric_limits<float>::infinity();
  expect_refused("tensor 'fc3.weight' holds -inf at element 7");
}

TEST_F(LoadCheckpoint, TheOrderOfTensorsDoesNotMatter) {
  std::reverse(weights_.begin(), weights_.end());
  load_checkpoint(*network_, weights_);
  std::reverse(weights_.begin(), weights_.end());
  EXPECT_EQ(read_checkpoint(*network_), weights_);
}

class Counter : public LayerTap {
 public:
  void on_layer(const torch::nn::Module&, const torch::Tensor& input, const torch::Tensor& output) override {
    shapes.push_back({input.size(1), output.size(1)});
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> shapes;
};

TEST(LayerTap, TheInnermostSeesEveryLayerWhileItLives) {
  const auto network = make_network("lenet_300_100");
  const torch::Tensor image = torch::zeros({1, 1, 28, 28});
  Counter outer;
  network->forward(image);
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected = {{784, 300}, {300, 100}, {100, 10}};
  EXPECT_EQ(outer.shapes, expected);
  {
    Counter inner;
    network->forward(image);
    EXPECT_EQ(inner.shapes, expected);
    EXPECT_EQ(outer.shapes.size(), 3u);
  }
  network->forward(image);
  EXPECT_EQ(outer.shapes.size(), 6u);
}

}  // namespace
}  // namespace adagrain
