#include "framework/training/train_model.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "framework/container/safetensors.h"
#include "framework/core/files.h"
#include "framework/core/registry.h"
#include "framework/models/network.h"
#include "framework/report/results_file.h"
#include "framework/report/results_log.h"
#include "framework/report/schema.h"
#include "tests/evaluation/sample_data.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

class Striped : public Dataset {
 public:
  DatasetSplits load() const override { return striped_data(); }
};

const bool registered = Registry<Dataset>::add("striped", "ten rows to tell apart, for tests",
                                               [] { return std::make_unique<Striped>(); });

class TrainModel : public testing::Test {
 protected:
  TrainModel() {
    config_.network = "lenet_300_100";
    config_.dataset = "striped";
    config_.device = "cpu";
    config_.epochs = 2;
    config_.batch_size = 32;
    config_.text = "the recipe";
    config_.output = folder_ / "below" / "net.safetensors";
  }

  const TemporaryFolder folder_;
  TrainingConfig config_;
  const std::function<void(const std::string&)> silent_ = [](const std::string&) {};
};

TEST_F(TrainModel, WritesTheChosenWeightsAndWhatTheyAreWorth) {
  int lines = 0;
  const TrainedNetwork trained = train_model(config_, [&](const std::string&) { ++lines; });
  EXPECT_EQ(lines, 2);
  EXPECT_FALSE(std::filesystem::exists(config_.output.string() + ".resume"));

  const SafetensorsFile file = read_safetensors(config_.output);
  EXPECT_EQ(file.metadata.at("network"), "lenet_300_100");
  EXPECT_EQ(file.metadata.at("dataset"), "striped");
  const auto network = make_network("lenet_300_100");
  load_checkpoint(*network, file.tensors);

  // The test accuracy again, by hand.
  const DatasetSplits data = striped_data();
  const torch::NoGradGuard no_grad;
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < data.test.count; ++i) {
    torch::Tensor image = torch::empty({1, 1, 28, 28});
    for (std::int64_t pixel = 0; pixel < 784; ++pixel) {
      image.view({784})[pixel] =
          (data.test.pixels[static_cast<std::size_t>(784 * i + pixel)] / 255.0 - data.mean) /
          data.standard_deviation;
    }
    if (network->forward(image).argmax().item<int>() == data.test.labels[static_cast<std::size_t>(i)])
      ++right;
  }
  EXPECT_NEAR(trained.test_accuracy, static_cast<double>(right) / static_cast<double>(data.test.count),
              1e-12);

  std::ifstream stream(trained.report);
  const nlohmann::json report = nlohmann::json::parse(stream);
  EXPECT_EQ(report["network"], "lenet_300_100");
  EXPECT_EQ(report["recipe"], "the recipe");
  EXPECT_EQ(report["seed"], 1);
  EXPECT_EQ(report["best_epoch"], trained.best_epoch);
  EXPECT_DOUBLE_EQ(report["test_accuracy"], trained.test_accuracy);
  EXPECT_DOUBLE_EQ(report["validation_accuracy"], trained.validation_accuracy);
  EXPECT_GT(trained.share_of_gemm_peak, 0);
}

TEST_F(TrainModel, TheSameRecipeGivesTheSameFile) {
  train_model(config_, silent_);
  const SafetensorsFile first = read_safetensors(config_.output);
  train_model(config_, silent_);
  EXPECT_EQ(read_safetensors(config_.output).tensors, first.tensors);
}

// A folder of images is a dataset like any other; what fits no network is said before any work.
TEST_F(TrainModel, ImagesOfOnesOwnTrainANetwork) {
  const auto write = [&](const std::string& split, const LabelledImages& images) {
    const auto count = static_cast<char>(images.count);
    std::ofstream(folder_ / (split + "-images-idx3-ubyte"), std::ios::binary)
        << std::string({0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28})
        << std::string(images.pixels.begin(), images.pixels.end());
    std::ofstream(folder_ / (split + "-labels-idx1-ubyte"), std::ios::binary)
        << std::string({0, 0, 8, 1, 0, 0, 0, count})
        << std::string(images.labels.begin(), images.labels.end());
  };
  write("train", striped_images(120, 1));
  write("test", striped_images(40, 2));
  config_.dataset = "idx:" + folder_.path().string();
  int lines = 0;
  train_model(config_, [&](const std::string&) { ++lines; });
  EXPECT_EQ(lines, 2);
  EXPECT_EQ(read_safetensors(config_.output).metadata.at("dataset"), config_.dataset);

  LabelledImages others = striped_images(120, 1);
  for (std::uint8_t& label : others.labels) label = static_cast<std::uint8_t>(label % 3);
  write("train", others);
  EXPECT_THROW(train_model(config_, silent_), DataError) << "labels of the test that training lacks";
  write("test", others);
  try {
    train_model(config_, silent_);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(),
              "network 'lenet_300_100' has 10 outputs; dataset '" + config_.dataset + "' has 3 classes");
  }
}

// Killed at any line, the same command ends with the same profile and a row for every epoch.
TEST_F(TrainModel, TheProfileIsTheSameHoweverOftenItWasKilled) {
  config_.profile_every = 3;
  const auto file = folder_ / "profile.h5";
  train_model(config_, silent_, file);
  const Results unbroken = read_results(file);
  ASSERT_EQ(read_rows<TrainingRow>(unbroken).size(), 2u);
  for (const int killed_in : {0, 1}) {
    std::filesystem::remove(file);
    std::filesystem::remove(config_.output);
    struct Killed {};
    int epoch = 0;
    const auto kill = [&](const std::string&) {
      if (epoch++ == killed_in) throw Killed();
    };
    EXPECT_THROW(train_model(config_, kill, file), Killed);
    EXPECT_TRUE(std::filesystem::exists(resume_file(config_)));
    EXPECT_EQ(read_rows<TrainingRow>(read_results(journal_of(file))).size(),
              static_cast<std::size_t>(killed_in) + 1);
    train_model(config_, silent_, file);
    const Results killed = read_results(file);
    for (const auto& [path, table] : unbroken.tables) EXPECT_EQ(killed.table(path).rows, table.rows) << path;
  }
}

TEST_F(TrainModel, ATrainingThatGoesOnLeavesTheResultsOfOthersAlone) {
  const auto file = folder_ / "other.h5";
  std::filesystem::create_directories(folder_);
  write_results(file, empty_tables<TrainingRow>());
  const auto bytes = read_file(file);
  struct Killed {};
  EXPECT_THROW(train_model(config_, [](const std::string&) { throw Killed(); }), Killed);
  EXPECT_THROW(train_model(config_, silent_, file), ConfigError);
  EXPECT_EQ(read_file(file), bytes);
}

TEST_F(TrainModel, AnOutputThatCannotBeWrittenIsRefusedBeforeTraining) {
  config_.output = "/proc/nowhere/net.safetensors";
  int lines = 0;
  EXPECT_THROW(train_model(config_, [&](const std::string&) { ++lines; }), DataError);
  EXPECT_EQ(lines, 0);
}

TEST_F(TrainModel, CudaIsRefusedWhereThereIsNone) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "there is a GPU";
  config_.device = "cuda";
  EXPECT_THROW(train_model(config_, silent_), ConfigError);
}

}  // namespace
}  // namespace adagrain
