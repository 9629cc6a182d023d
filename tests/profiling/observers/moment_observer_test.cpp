#include "framework/profiling/observers/moment_observer.h"

#include <gtest/gtest.h>

#include "framework/compression/granularities/granularity.h"
#include "tests/profiling/observers/tiny_network.h"

namespace adagrain {
namespace {

// Keeps what a layer was given and what it answered without its bias.
class Recorder : public LayerTap {
 public:
  void on_layer(const torch::nn::Module& layer, const torch::Tensor&, const torch::Tensor& output) override {
    outputs[&layer] = output.clone();
  }
  std::map<const torch::nn::Module*, torch::Tensor> outputs;
};

class Moments : public testing::Test {
 protected:
  Moments() {
    torch::manual_seed(12);
    network_ = std::make_shared<TinyNetwork>();
    images_ = torch::randn({70, 1, 7, 7});  // more than one batch, the last one short
  }

  std::shared_ptr<TinyNetwork> network_;
  torch::Tensor images_;
};

TEST_F(Moments, HaveTheShapeOfTheWeightMatrix) {
  const auto moments = measure_input_moments(*network_, images_);
  EXPECT_EQ(moments.size(), 5u);
  for (const LayerDescription& layer : describe_layers(*network_, {1, 1, 7, 7})) {
    const InputMoments& measured = moments.at(layer.name);
    EXPECT_EQ(measured.columns, matrix_shape(layer.weight_shape).columns) << layer.name;
    EXPECT_EQ(measured.groups, layer.groups) << layer.name;
    EXPECT_EQ(measured.values.size(),
              static_cast<std::size_t>(measured.groups * measured.columns * measured.columns));
  }
}

// w H w^T is the mean square of w x, whatever the layer's strides, padding, and groups: so the layer itself
// says what its moments must give.
TEST_F(Moments, GiveTheMeanSquareOfEveryOutputChannel) {
  const torch::NoGradGuard no_grad;
  const auto modules = network_->named_modules();
  for (auto& parameter : network_->named_parameters()) {
    if (parameter.key().find("bias") != std::string::npos) parameter.value().zero_();
  }
  const auto moments = measure_input_moments(*network_, images_);
  Recorder recorder;
  network_->forward(images_);
  for (const auto& [name, measured] : moments) {
    const auto& module = modules[name];
    const torch::Tensor& output = recorder.outputs.at(module.get());
    const torch::Tensor by_channel =
        (output.dim() == 4 ? output.transpose(0, 1).flatten(1) : output.reshape({-1, output.size(-1)}).t())
            .to(torch::kDouble);
    const torch::Tensor expected = by_channel.square().mean(1);
    const torch::Tensor weights = module->named_parameters()["weight"]
                                      .reshape({measured.groups, -1, measured.columns})
                                      .to(torch::kDouble);
    const torch::Tensor matrix = torch::tensor(measured.values, torch::kDouble)
                                     .reshape({measured.groups, measured.columns, measured.columns});
    const torch::Tensor got = (torch::matmul(weights, matrix) * weights).sum(2).flatten();
    EXPECT_TRUE(torch::allclose(got, expected, 1e-4, 1e-9)) << name << "\n" << got << "\n" << expected;
  }
}

TEST_F(Moments, LeaveTheModeAsItWas) {
  network_->train();
  measure_input_moments(*network_, images_);
  EXPECT_TRUE(network_->is_training());
  network_->eval();
  measure_input_moments(*network_, images_);
  EXPECT_FALSE(network_->is_training());
}

}  // namespace
}  // namespace adagrain
