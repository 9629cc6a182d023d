#include "framework/training/compression_aware.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/container/grain_file.h"
#include "framework/core/random.h"
#include "framework/evaluation/batches.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

constexpr const char* kCoarse = "element/quantize+ans step=0.03";

LabelledImages noise_images(std::int64_t count, RandomStream& random) {
  LabelledImages images{count, 1, 28, 28, {}, {}};
  for (std::int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint8_t>(random.below(10));
    images.labels.push_back(label);
    // A bright row that names the class, in noise.
    for (int pixel = 0; pixel < 784; ++pixel)
      images.pixels.push_back(static_cast<std::uint8_t>(random.below(pixel / 28 == 2 * label ? 255 : 90)));
  }
  return images;
}

const DatasetSplits& tiny_data() {
  static const DatasetSplits data = [] {
    RandomStream random(1, "compression-aware test");
    DatasetSplits splits;
    splits.train = noise_images(96, random);
    splits.validation = noise_images(40, random);
    splits.test = noise_images(10, random);
    splits.classes = 10;
    splits.mean = 0.2;
    splits.standard_deviation = 0.2;
    return splits;
  }();
  return data;
}

TrainingConfig tiny_training() {
  TrainingConfig config;
  config.network = "lenet_300_100";
  config.device = "cpu";
  config.epochs = 3;
  config.batch_size = 32;
  config.learning_rate = 0.01;
  config.text = "tiny";
  return config;
}

std::shared_ptr<Network> fresh_network() {
  torch::manual_seed(7);
  return make_network("lenet_300_100");
}

Plan plan_of(Network& network, const std::string& candidate) {
  Plan plan;
  for (const auto& item : network.named_parameters()) {
    if (item.value().dim() > 1) plan.layers[item.key()] = parse_candidate(candidate);
  }
  return plan;
}

std::int64_t total_steps() {
  return EpochBatches(tiny_data(), tiny_training(), 0).count() * tiny_training().epochs;
}

void backward(Network& network) {
  const Batch batch = whole_batch(tiny_data(), tiny_data().train, 0, 16);
  network.zero_grad();
  torch::nn::functional::cross_entropy(network.forward(batch.images), batch.labels).backward();
}

TEST(CompressionAware, TheGradientIsThePlainOneAtTheDecodedWeights) {
  const auto network = fresh_network(), plain = fresh_network();
  network->eval();
  plain->eval();
  const Plan plan = plan_of(*network, kCoarse);
  CompressionAwareTraining hook(*network, {plan, 0, 100});
  const Checkpoint before = read_checkpoint(*network);
  hook.before_forward(*network, {}, 0);
  backward(*network);
  const Checkpoint decoded = read_checkpoint(*network);
  hook.after_backward(*network, 0);

  EXPECT_NE(decoded, before);
  EXPECT_EQ(read_checkpoint(*network), before);
  load_checkpoint(*plain, decoded);
  backward(*plain);
  const auto expected = plain->named_parameters();
  for (const auto& item : network->named_parameters())
    EXPECT_TRUE(torch::equal(item.value().grad(), expected[item.key()].grad())) << item.key();
}

TEST(CompressionAware, TheRateTermAddsTheSlopeOfTheCodeLengthTimesItsWeight) {
  const auto network = fresh_network(), plain = fresh_network();
  network->eval();
  plain->eval();
  const Plan plan = plan_of(*network, kCoarse);
  const std::int64_t steps = 100, step = 50;  // past the rise, before the freeze
  CompressionAwareTraining rated(*network, {plan, 1e-3, steps}), free(*plain, {plan, 0, steps});
  rated.before_forward(*network, {}, step);
  free.before_forward(*plain, {}, step);
  backward(*network);
  backward(*plain);
  rated.after_backward(*network, step);
  free.after_backward(*plain, step);
  const auto parameters = network->named_parameters(), bare = plain->named_parameters();
  for (const auto& [name, candidate] : plan.layers) {
    const torch::Tensor weight = parameters[name].detach().contiguous();
    const std::span<const float> values(weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel()));
    const LayerCode code = transform_layer(values, weight.sizes().vec(), candidate);
    const auto slope = rate_slope(values, code, cut_layer(candidate, code.shape), level_costs(code));
    const torch::Tensor added = parameters[name].grad() - bare[name].grad();
    const torch::Tensor expected = 1e-3 * torch::tensor(slope).reshape(weight.sizes());
    EXPECT_GT(expected.abs().max().item<double>(), 0);
    EXPECT_LT((added - expected).abs().max().item<double>(), 1e-5) << name;
  }
}

TEST(CompressionAware, TheSlopeIsTheDifferenceOfTwoCodeLengthsOverAStep) {
  // Levels 0, 0, 0, 1, 1, -2: half a count for each of the four levels from -2 to 1.
  const std::vector<float> weights = {0, 0.1F, -0.1F, 0.9F, 1.2F, -2.0F};
  const Candidate candidate = parse_candidate("element/quantize+ans step=1");
  const LayerCode code = transform_layer(weights, {1, 6}, candidate);
  const LevelCosts costs = level_costs(code);
  ASSERT_EQ(costs.lowest, -2);
  ASSERT_EQ(costs.bits.size(), 4u);
  EXPECT_DOUBLE_EQ(costs.bits[0], std::log2(8 / 1.5));
  EXPECT_DOUBLE_EQ(costs.bits[1], std::log2(8 / 0.5));
  EXPECT_DOUBLE_EQ(costs.bits[2], std::log2(8 / 3.5));
  const auto slope = rate_slope(weights, code, cut_layer(candidate, code.shape), costs);
  const double step = step_of(code.largest_step, code.step_code[0]);
  EXPECT_EQ(slope[0], 0);
  // Half of the layer is zero, and so is half of its only row; both columns hold nothing but a zero.
  EXPECT_DOUBLE_EQ(costs.row.at(0), 0);
  EXPECT_DOUBLE_EQ(costs.column.at(1), std::log2(1.5 / 0.5));
  EXPECT_DOUBLE_EQ(costs.column.at(3), std::log2(0.5 / 1.5));
  EXPECT_NEAR(slope[1], (costs.bits[3] - costs.bits[2] + costs.column[1]) / step, 1e-6);
  EXPECT_NEAR(slope[2], (costs.bits[2] - costs.bits[1] - costs.column[2]) / step, 1e-6);
  EXPECT_EQ(slope[4], 0);  // beyond the last level nothing is known
}

TEST(CompressionAware, PruningRisesOverTheFirstThirdToItsTarget) {
  const auto network = fresh_network();
  const Plan plan = plan_of(*network, "element/prune+quantize+ans bits=4 sparsity=0.8");
  const CompressionAwareTraining hook(*network, {plan, 0, 90});
  const auto sparsity = [&](std::int64_t step) {
    return hook.scheduled_plan(step).layers.begin()->second.parameters.at("sparsity");
  };
  EXPECT_EQ(sparsity(0), 0);
  EXPECT_NEAR(sparsity(15), 0.8 * 0.875, 1e-12);
  EXPECT_EQ(hook.scheduled_plan(30), plan);
}

TEST(CompressionAware, OnceFrozenZerosStayZero) {
  const auto network = fresh_network();
  CompressionAwareTraining hook(*network, {plan_of(*network, kCoarse), 1e-4, 20});
  torch::optim::SGD optimiser(network->parameters(), torch::optim::SGDOptions(0.5).momentum(0.9));
  std::map<std::string, torch::Tensor> kept;
  for (std::int64_t step = 17; step < 20; ++step) {
    hook.before_forward(*network, {}, step);
    backward(*network);
    if (step == 17) {  // the last 15 % begin
      for (const auto& item : network->named_parameters())
        if (item.value().dim() > 1) kept[item.key()] = item.value().detach().ne(0);
    }
    hook.after_backward(*network, step);
    optimiser.step();
    hook.after_step(*network, step);
  }
  for (const auto& item : network->named_parameters()) {
    if (item.value().dim() < 2) continue;
    EXPECT_GT(kept[item.key()].logical_not().sum().item<int>(), 0);
    EXPECT_TRUE(item.value().masked_select(kept[item.key()].logical_not()).eq(0).all().item<bool>());
  }
}

struct Sitting {
  std::vector<CompressedEpoch> epochs;  // what the judge saw
  Checkpoint final_weights;
};

// `stop_after` epochs as if killed; 0: to the end. The judge coarsens the plan once, so that a resumed run
// must know it.
Sitting run(const std::filesystem::path& resume_file, int stop_after) {
  const auto network = fresh_network();
  Sitting result;
  const auto judge = [&](const CompressedEpoch& epoch) {
    result.epochs.push_back(epoch);
    return epoch.epoch == 1 ? plan_of(*network, "element/quantize+ans step=0.05") : epoch.plan;
  };
  CompressionAwareTraining hook(*network, {plan_of(*network, kCoarse), 1e-4, total_steps()}, judge);
  struct Killed {};
  try {
    train(*network, tiny_data(), tiny_training(), resume_file, {&hook}, [&](const EpochReport& epoch) {
      if (epoch.epoch + 1 == stop_after) throw Killed();
    });
  } catch (const Killed&) {
  }
  result.final_weights = read_checkpoint(*network);
  return result;
}

TEST(CompressionAware, TheFileDecodesToExactlyWhatWasValidated) {
  const auto network = fresh_network();
  CompressionAwareTraining hook(*network, {plan_of(*network, kCoarse), 0, 10});
  hook.before_forward(*network, {}, 9);
  backward(*network);
  hook.after_backward(*network, 9);
  const Checkpoint shadow = read_checkpoint(*network);
  hook.before_validation(*network, 0);
  const Checkpoint validated = read_checkpoint(*network);
  hook.after_validation(*network, 0, 0.5);
  EXPECT_EQ(read_checkpoint(*network), shadow);
  EXPECT_EQ(GrainReader::parse(encode_grain(shadow, hook.plan()), "test").decode_all(), validated);
  EXPECT_NE(validated, shadow);
}

TEST(CompressionAware, AKilledTrainingGoesOnToTheSameBytes) {
  const TemporaryFolder folder;
  const Sitting unbroken = run({}, 0);
  run(folder / "resume", 2);
  const Sitting resumed = run(folder / "resume", 0);

  ASSERT_EQ(unbroken.epochs.size(), 3u);
  // Killed between the second epoch's report and its state, the training repeats that epoch.
  ASSERT_EQ(resumed.epochs.size(), 2u);
  const CompressedEpoch &last = unbroken.epochs[2], &last_resumed = resumed.epochs[1];
  EXPECT_EQ(last.plan, last_resumed.plan);
  EXPECT_EQ(to_string(last.plan.layers.begin()->second), "element/quantize+ans step=0.05");
  EXPECT_EQ(encode_grain(last.float_weights, last.plan),
            encode_grain(last_resumed.float_weights, last_resumed.plan));
  EXPECT_EQ(unbroken.final_weights, resumed.final_weights);
  EXPECT_EQ(last.accuracy, last_resumed.accuracy);
}

TEST(CompressionAware, TheTeacherIsAskedAboutTheImagesOfTheBatch) {
  const auto network = fresh_network();
  CompressionAwareOptions options{plan_of(*network, kCoarse), 0, 10};
  options.distillation = 0.7;
  options.teacher_logits = torch::randn({tiny_data().train.count, 10});
  CompressionAwareTraining hook(*network, options);
  const Batch batch = gathered_batch(tiny_data(), tiny_data().train, {5, 90, 17});
  const torch::Tensor logits = torch::randn({3, 10}), loss = torch::tensor(2.0F);
  const torch::Tensor wanted = torch::softmax(options.teacher_logits.index_select(0, batch.numbers) / 3, 1);
  const torch::Tensor learnt = torch::softmax(logits / 3, 1);
  const double divergence = (wanted * (wanted / learnt).log()).sum(1).mean().item<double>();
  EXPECT_NEAR(hook.shape_loss(loss, batch, logits).item<double>(), 0.3 * 2 + 0.7 * 9 * divergence, 1e-5);
  // A network that already says what the teacher says has nothing to learn from it.
  EXPECT_NEAR(
      hook.shape_loss(loss, batch, options.teacher_logits.index_select(0, batch.numbers)).item<double>(),
      0.3 * 2, 1e-5);
  EXPECT_EQ(batch.numbers[1].item<std::int64_t>(), 90);

  options.distillation = 1.5;
  EXPECT_THROW(CompressionAwareTraining(*network, options), ConfigError);
  options = {plan_of(*network, kCoarse), 0, 10};
  EXPECT_TRUE(
      torch::equal(CompressionAwareTraining(*network, options).shape_loss(loss, batch, logits), loss));
}

TEST(CompressionAware, ARateWeightMakesTheFileSmaller) {
  const auto bytes = [](double rate_weight) {
    const auto network = fresh_network();
    const Plan plan = plan_of(*network, kCoarse);
    CompressionAwareTraining hook(*network, {plan, rate_weight, total_steps()});
    train(*network, tiny_data(), tiny_training(), {}, {&hook});
    return encode_grain(read_checkpoint(*network), plan).size();
  };
  EXPECT_LT(bytes(1e-2), bytes(0));
}

TEST(CompressionAware, APlanForAnotherNetworkIsRefused) {
  const auto network = fresh_network();
  Plan plan;
  EXPECT_THROW(CompressionAwareTraining(*network, {plan, 0, 10}), ConfigError);
  plan.layers["nowhere.weight"] = parse_candidate(kCoarse);
  EXPECT_THROW(CompressionAwareTraining(*network, {plan, 0, 10}), ConfigError);
  EXPECT_THROW(CompressionAwareTraining(*network, {plan_of(*network, kCoarse), -1, 10}), ConfigError);
}

}  // namespace
}  // namespace adagrain
