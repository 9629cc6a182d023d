#include "framework/training/training_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "framework/core/files.h"
#include "framework/core/project_root.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

const std::string kGood = "network: vgg_small\ndataset: mnist\noutput: a.safetensors\n";

TrainingConfig load(const std::string& text) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "recipe.yaml";
  std::ofstream(file) << text;
  return load_training_config(file);
}

TEST(TrainingConfig, EveryKeyIsRead) {
  const TrainingConfig config = load(
      "network: vit_tiny\ndataset: mnist\ndevice: cpu\noutput: /tmp/a.safetensors\noptimizer: adamw\nepochs: "
      "3\n"
      "batch_size: 7\nlearning_rate: 0.25\nwarmup: 0.5\nweight_decay: 0.125\nlabel_smoothing: 0.1\nseed: "
      "42\nprofile_every: 9\n"
      "augmentation: {shift: 2, flip: true, erase: 5}\n");
  EXPECT_EQ(config.network, "vit_tiny");
  EXPECT_EQ(config.dataset, "mnist");
  EXPECT_EQ(config.device, "cpu");
  EXPECT_EQ(config.output, "/tmp/a.safetensors");
  EXPECT_EQ(config.optimizer, "adamw");
  EXPECT_EQ(config.epochs, 3);
  EXPECT_EQ(config.batch_size, 7);
  EXPECT_EQ(config.learning_rate, 0.25);
  EXPECT_EQ(config.warmup, 0.5);
  EXPECT_EQ(config.weight_decay, 0.125);
  EXPECT_EQ(config.label_smoothing, 0.1);
  EXPECT_EQ(config.seed, 42u);
  EXPECT_EQ(config.profile_every, 9);
  EXPECT_EQ(config.augmentation.shift, 2);
  EXPECT_TRUE(config.augmentation.flip);
  EXPECT_EQ(config.augmentation.erase, 5);
}

TEST(TrainingConfig, ARelativeOutputIsBelowTheProject) {
  EXPECT_EQ(load(kGood).output, project_root() / "a.safetensors");
}

struct Mistake {
  std::string text, message;
};

class BadRecipe : public testing::TestWithParam<Mistake> {};

TEST_P(BadRecipe, GetsItsMessage) {
  try {
    load(GetParam().text);
    FAIL() << "accepted; expected: " << GetParam().message;
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().message), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Every, BadRecipe,
    testing::Values(Mistake{"dataset: mnist\noutput: a\n", "network: is missing"},
                    Mistake{"network: vgg_small\noutput: a\n", "dataset: is missing"},
                    Mistake{"network: vgg_small\ndataset: mnist\n", "output: is missing"},
                    Mistake{"network: vgg_small\ndataset: imagenet\noutput: a\n",
                            "recipe.yaml:2:10: dataset: unknown dataset 'imagenet'; known: "},
                    Mistake{"network: lenet\ndataset: mnist\noutput: a\n", "network: is 'lenet'; allowed: "},
                    Mistake{kGood + "epoch: 3\n",
                            "recipe.yaml:4:1: unknown key 'epoch'; known here: augmentation, batch_size"},
                    Mistake{kGood + "epochs: 3\nepochs: 4\n", "recipe.yaml:5:1: key 'epochs' is given twice"},
                    Mistake{kGood + "epochs: 0\n", "recipe.yaml:4:9: epochs: is 0; allowed 1..10000"},
                    Mistake{kGood + "epochs: 010\n", "epochs: is '010'; an integer is expected"},
                    Mistake{kGood + "epochs: ten\n", "epochs: is 'ten'; an integer is expected"},
                    Mistake{kGood + "batch_size: 0\n", "batch_size: is 0; allowed 1..8192"},
                    Mistake{kGood + "learning_rate: 0\n", "learning_rate: is 0; allowed 1e-07..100"},
                    Mistake{kGood + "learning_rate: nan\n", "learning_rate: is nan; allowed 1e-07..100"},
                    Mistake{kGood + "warmup: 1.5\n", "warmup: is 1.5; allowed 0..1"},
                    Mistake{kGood + "weight_decay: -1\n", "weight_decay: is -1; allowed 0..1"},
                    Mistake{kGood + "label_smoothing: 1\n", "label_smoothing: is 1; allowed 0..0.9"},
                    Mistake{kGood + "optimizer: adam\n", "optimizer: is 'adam'; allowed: sgd, adamw"},
                    Mistake{kGood + "device: gpu\n", "device: is 'gpu'; allowed: auto, cpu, cuda"},
                    Mistake{kGood + "seed: -1\n", "seed: is '-1'; an integer is expected"},
                    Mistake{kGood + "profile_every: -1\n", "profile_every: is -1; allowed 0..1000000"},
                    Mistake{kGood + "augmentation: true\n", "augmentation: a mapping of keys is expected"},
                    Mistake{kGood + "augmentation: {shift: -1}\n", "augmentation.shift: is -1; allowed 0.."},
                    Mistake{kGood + "augmentation: {flip: 1}\n",
                            "augmentation.flip: is '1'; true or false is expected"},
                    Mistake{kGood + "augmentation: {rotate: 5}\n",
                            "unknown key 'augmentation.rotate'; known here: erase, flip, shift"},
                    Mistake{"[1, 2]", "a mapping of keys is expected"}));

TEST(TrainingConfig, EveryShippedRecipeIsNamedAfterWhatItTrains) {
  int recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(project_root() / "datasets/zoo")) {
    if (entry.path().extension() != ".yaml") continue;
    ++recipes;
    const TrainingConfig config = load_training_config(entry.path());
    EXPECT_EQ(entry.path().stem(), config.dataset + "_" + config.network);
    EXPECT_EQ(config.output, std::filesystem::path(entry.path()).replace_extension(".safetensors"));
  }
  EXPECT_GE(recipes, 8);
}

}  // namespace
}  // namespace adagrain
