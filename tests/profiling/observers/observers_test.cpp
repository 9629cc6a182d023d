#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "framework/core/error.h"
#include "framework/profiling/observers/fisher.h"
#include "framework/profiling/observers/measure_profile.h"
#include "framework/profiling/observers/training_observer.h"
#include "framework/report/schema.h"
#include "tests/profiling/observers/tiny_network.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

class Observers : public testing::Test {
 protected:
  Observers() {
    torch::manual_seed(11);
    network_ = std::make_shared<TinyNetwork>();
    images_ = torch::randn({40, 1, 7, 7});
    labels_ = torch::randint(3, {40}, torch::kLong);
  }

  torch::Tensor loss(std::int64_t first, std::int64_t count) {
    return torch::nn::functional::cross_entropy(network_->forward(images_.narrow(0, first, count)),
                                                labels_.narrow(0, first, count));
  }

  std::shared_ptr<TinyNetwork> network_;
  torch::Tensor images_, labels_;
};

TEST_F(Observers, FisherIsTheMeanOfSquaredGradientsImageByImage) {
  std::map<std::string, torch::Tensor> expected;
  for (std::int64_t image = 0; image < images_.size(0); ++image) {
    network_->zero_grad();
    loss(image, 1).backward();
    for (const auto& parameter : network_->named_parameters()) {
      const torch::Tensor square = parameter.value().grad().square() / images_.size(0);
      torch::Tensor& sum = expected[parameter.key()];
      sum = sum.defined() ? sum + square : square.clone();
    }
  }
  const auto fisher = empirical_fisher(*network_, images_, labels_);
  EXPECT_EQ(fisher.size(), 5u);
  for (const auto& [layer, diagonal] : fisher) {
    const torch::Tensor& slow = expected.at(layer + ".weight");
    EXPECT_EQ(diagonal.sizes(), slow.sizes());
    EXPECT_GT(slow.sum().item<double>(), 0);
    EXPECT_TRUE(torch::allclose(diagonal, slow, 1e-4, 1e-9)) << layer;
  }
}

TEST_F(Observers, FisherLeavesModeAndGradientsAlone) {
  network_->train();
  network_->zero_grad();
  loss(0, 8).backward();
  const torch::Tensor before = network_->parameters()[0].grad().clone();
  empirical_fisher(*network_, images_, labels_);
  EXPECT_TRUE(network_->is_training());
  EXPECT_TRUE(torch::equal(network_->parameters()[0].grad(), before));
}

TEST_F(Observers, AProfileDescribesEveryLayer) {
  const ModelProfile profile = measure_profile(*network_, "tiny", images_, labels_);
  ASSERT_EQ(profile.layers.size(), 5u);
  EXPECT_EQ(profile.model, "tiny");
  double parameters = 0, macs = 0;
  for (const LayerProfile& layer : profile.layers) {
    parameters += layer.parameter_share;
    macs += layer.mac_share;
    EXPECT_EQ(layer.weights.count, layer.layer.weight_count());
    EXPECT_EQ(static_cast<std::int64_t>(layer.fisher.size()), layer.layer.weight_count());
    EXPECT_GT(layer.fisher_mean, 0);
    EXPECT_GT(layer.weights.entropy_bits, 0);
  }
  EXPECT_NEAR(parameters, 1, 1e-12);
  EXPECT_NEAR(macs, 1, 1e-12);
  EXPECT_EQ(profile.layers[0].layer.name, "strided");
  EXPECT_EQ(profile.layers[0].relative_depth, 0);
  EXPECT_EQ(profile.layers[4].relative_depth, 1);
  // What enters: images, 4x4 maps of four channels, rectified.
  EXPECT_EQ(profile.layers[0].activations.count, 40 * 49);
  EXPECT_NEAR(profile.layers[0].activations.mean, images_.mean().item<double>(), 1e-5);
  EXPECT_EQ(profile.layers[1].activations.count, 40 * 4 * 16);
  EXPECT_EQ(profile.layers[1].activations.minimum, 0);
  EXPECT_GT(profile.layers[1].activations.exact_sparsity, 0.1);
  EXPECT_EQ(profile.layers[4].activations.count, 40 * 5);
}

TEST_F(Observers, ChannelSpreadDoesNotDependOnTheWeightsMemoryFormat) {
  const ModelProfile plain = measure_profile(*network_, "tiny", images_, labels_);
  for (torch::Tensor& parameter : network_->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
  const ModelProfile last = measure_profile(*network_, "tiny", images_, labels_);
  for (std::size_t i = 0; i < plain.layers.size(); ++i) {
    EXPECT_EQ(plain.layers[i].channel_scale_spread, last.layers[i].channel_scale_spread);
    EXPECT_EQ(plain.layers[i].block_scale_spread, last.layers[i].block_scale_spread);
    for (std::size_t j = 0; j < plain.layers[i].fisher.size(); ++j) {
      EXPECT_NEAR(plain.layers[i].fisher[j], last.layers[i].fisher[j], 1e-6);
    }
  }
}

// Standard deviation of log2 over the scales that are not zero.
double spread_of(const torch::Tensor& scales) {
  const torch::Tensor octaves = scales.masked_select(scales > 0).to(torch::kDouble).log2();
  return octaves.std(/*unbiased=*/false).item<double>();
}

TEST_F(Observers, ActivationScalesAreThoseOfInputChannelsAndOfBlocksOfAnImage) {
  for (const bool channels_last : {false, true}) {
    if (channels_last) {
      for (torch::Tensor& parameter : network_->parameters()) {
        if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
      }
    }
    const torch::Tensor images =
        channels_last ? images_.contiguous(torch::MemoryFormat::ChannelsLast) : images_;
    const ModelProfile profile = measure_profile(*network_, "tiny", images, labels_);
    const torch::NoGradGuard no_grad;
    const auto parameters = network_->named_parameters();
    // What enters "grouped": 4 channels of 4 x 4, a block each.
    const torch::Tensor entered = torch::relu(
        torch::conv2d(images_, parameters["strided.weight"], parameters["strided.bias"], {2, 2}, {1, 1}));
    EXPECT_NEAR(profile.layers[1].activation_channel_scale_spread, spread_of(entered.amax({0, 2, 3})), 1e-6);
    EXPECT_NEAR(profile.layers[1].activation_block_scale_spread, spread_of(entered.amax({2, 3})), 1e-6);
    // One channel has no spread; its 49 positions are a block of each image.
    EXPECT_EQ(profile.layers[0].activation_channel_scale_spread, 0);
    EXPECT_NEAR(profile.layers[0].activation_block_scale_spread, spread_of(images_.abs().amax({1, 2, 3})),
                1e-6);
  }
}

TEST_F(Observers, WithoutImagesWeightsAloneAreMeasured) {
  const ModelProfile profile =
      measure_profile(*network_, "tiny", images_.narrow(0, 0, 0), labels_.narrow(0, 0, 0));
  EXPECT_EQ(profile.layers[0].activations.count, 0);
  EXPECT_TRUE(profile.layers[0].fisher.empty());
  EXPECT_EQ(profile.layers[1].activation_channel_scale_spread, 0);
  EXPECT_GT(profile.layers[0].weights.rms, 0);
}

TEST_F(Observers, AWeightThatIsNotANumberIsNamed) {
  {
    const torch::NoGradGuard no_grad;
    network_->named_parameters()["grouped.weight"].view({-1})[7] = std::nanf("");
  }
  try {
    measure_profile(*network_, "tiny", images_, labels_);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("'grouped': value nan at index 7"), std::string::npos)
        << error.what();
  }
}

TEST_F(Observers, TrainingIsRecordedEverySoManyStepsAndNotTwice) {
  const TemporaryFolder folder;
  ResultsLog log(folder / "a.h5", {}, empty_tables<TrainingProfileRow>());
  const auto run_steps = [&](std::int64_t first, std::int64_t last) {
    TrainingObserver observer(log, "tiny", 4, 3);
    for (std::int64_t step = first; step < last; ++step) {
      const Batch batch{images_.slice(0, 0, 8), labels_.slice(0, 0, 8), {}};
      observer.before_forward(*network_, batch, step);
      network_->zero_grad();
      loss(0, 8).backward();
      observer.after_backward(*network_, step);
    }
  };
  run_steps(0, 8);
  run_steps(4, 11);  // resumed from the end of the first epoch
  const auto rows = read_rows<TrainingProfileRow>(log.content());
  ASSERT_EQ(rows.size(), 4u * 5);  // steps 0, 3, 6, 9
  EXPECT_EQ(rows[0].layer, "strided");
  EXPECT_EQ(rows[4].depth, 4);
  EXPECT_EQ(rows[5].step, 3);
  EXPECT_EQ(rows[15].step, 9);
  EXPECT_EQ(rows[15].epoch, 2);
  EXPECT_EQ(rows[15].activations.count, 8 * 49);
  const ModelProfile alone =
      measure_profile(*network_, "tiny", images_.slice(0, 0, 0), labels_.slice(0, 0, 0));
  EXPECT_GT(rows[15].channel_scale_spread, 0);
  EXPECT_EQ(rows[15].channel_scale_spread, alone.layers[0].channel_scale_spread);
  EXPECT_EQ(rows[15].block_scale_spread, alone.layers[0].block_scale_spread);
  EXPECT_GT(rows[15].activation_block_scale_spread, 0);
  const auto fisher = empirical_fisher(*network_, images_.slice(0, 0, 8), labels_.slice(0, 0, 8));
  EXPECT_EQ(rows[15].fisher_mean, fisher.at("strided").mean(torch::kDouble).item<double>());
}

}  // namespace
}  // namespace adagrain
