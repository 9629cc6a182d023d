#include "framework/training/trainer.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <string>

#include "framework/core/files.h"
#include "framework/core/interrupt.h"
#include "tests/evaluation/sample_data.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

TrainingConfig small_config(const std::string& network = "lenet_300_100",
                            const std::string& optimizer = "sgd") {
  TrainingConfig config;
  config.network = network;
  config.device = "cpu";
  config.optimizer = optimizer;
  config.epochs = 3;
  config.batch_size = 32;
  config.learning_rate = optimizer == "sgd" ? 0.05 : 0.002;
  config.augmentation = {1, false, 0};
  config.text = network + optimizer;
  return config;
}

std::shared_ptr<Network> fresh(const TrainingConfig& config) {
  torch::manual_seed(config.seed);
  return make_network(config.network);
}

struct Killed {};

TEST(Trainer, LearnsAndKeepsTheBestOnValidation) {
  const DatasetSplits data = striped_data();
  TrainingConfig config = small_config();
  config.epochs = 5;
  const auto network = fresh(config);
  const TrainingResult result = train(*network, data, config);
  ASSERT_EQ(result.epochs.size(), 5u);
  EXPECT_LT(result.epochs.back().training_loss, 0.5 * result.epochs.front().training_loss);
  EXPECT_GT(result.validation_accuracy, 0.9);
  double best = 0;
  for (const EpochReport& epoch : result.epochs) best = std::max(best, epoch.validation_accuracy);
  EXPECT_EQ(result.validation_accuracy, best);
  EXPECT_EQ(result.epochs[static_cast<std::size_t>(result.best_epoch)].validation_accuracy, best);
  load_checkpoint(*network, result.best);
  EXPECT_EQ(accuracy(*network, data, data.validation, torch::kCPU), best);
}

TEST(Trainer, AnEarlierEpochIsKeptWhenItWasBetter) {
  const DatasetSplits data = striped_data();
  TrainingConfig config = small_config();
  // Spoils the network for every judgement but the second.
  class Spoiler : public TrainingHook {
   public:
    void before_validation(Network& network, int epoch) override {
      const torch::NoGradGuard no_grad;
      kept_ = read_checkpoint(network);
      if (epoch != 1) {
        for (torch::Tensor& parameter : network.parameters()) parameter.zero_();
      }
    }
    void after_validation(Network& network, int, double) override { load_checkpoint(network, kept_); }

   private:
    Checkpoint kept_;
  } spoiler;
  const TrainingResult result = train(*fresh(config), data, config, {}, {&spoiler});
  EXPECT_EQ(result.best_epoch, 1);
  EXPECT_GT(result.validation_accuracy, result.epochs[2].validation_accuracy);
}

TEST(Trainer, TheSeedDecidesTheWeights) {
  const DatasetSplits data = striped_data();
  TrainingConfig config = small_config();
  const Checkpoint first = train(*fresh(config), data, config).best;
  EXPECT_EQ(train(*fresh(config), data, config).best, first);
  config.seed = 2;
  EXPECT_NE(train(*fresh(config), data, config).best, first);
}

TEST(Trainer, TheRateRisesOverTheWarmUpAndFallsToNothing) {
  const DatasetSplits data = striped_data();
  TrainingConfig config = small_config();
  config.epochs = 4;
  config.warmup = 0.25;  // of 32 steps: the first 8, one epoch
  const TrainingResult result = train(*fresh(config), data, config);
  EXPECT_DOUBLE_EQ(result.epochs[0].learning_rate, config.learning_rate);
  EXPECT_LT(result.epochs[1].learning_rate, config.learning_rate);
  // Step 31 of a cosine from step 8 to 32: 23 / 24 of the way.
  EXPECT_NEAR(result.epochs[3].learning_rate, config.learning_rate * 0.5 * (1 + std::cos(M_PI * 23 / 24)),
              1e-12);
}

class Resumption : public testing::TestWithParam<std::pair<std::string, std::string>> {};

INSTANTIATE_TEST_SUITE_P(Every, Resumption,
                         testing::Values(std::pair{"lenet_300_100", "adamw"},
                                         std::pair{"mobilenet_small", "sgd"}),
                         [](const auto& test) { return test.param.second; });

// mobilenet_small has batch norms, whose running statistics belong to the state.
TEST_P(Resumption, AStoppedTrainingEndsWhereAnUnbrokenOneDoes) {
  const DatasetSplits data = striped_data(128);
  const TrainingConfig config = small_config(GetParam().first, GetParam().second);
  const auto unbroken = fresh(config);
  const TrainingResult expected = train(*unbroken, data, config);

  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.resume";
  for (int stop = 0; stop < 2; ++stop) {
    const auto kill = [](const EpochReport&) { throw Killed(); };
    EXPECT_THROW(train(*fresh(config), data, config, file, {}, kill), Killed);
  }
  TrainingConfig other_seed = config;
  other_seed.seed = 99;  // what a resumed training starts from must not matter
  const auto resumed = fresh(other_seed);
  const TrainingResult result = train(*resumed, data, config, file);
  EXPECT_EQ(read_checkpoint(*resumed), read_checkpoint(*unbroken));
  EXPECT_EQ(result.best, expected.best);
  EXPECT_EQ(result.best_epoch, expected.best_epoch);
  EXPECT_EQ(result.validation_accuracy, expected.validation_accuracy);
  ASSERT_EQ(result.epochs.size(), expected.epochs.size());
  for (std::size_t i = 0; i < result.epochs.size(); ++i) {
    EXPECT_EQ(result.epochs[i].training_loss, expected.epochs[i].training_loss);
    EXPECT_EQ(result.epochs[i].learning_rate, expected.epochs[i].learning_rate);
  }
}

// Stops in the middle of an epoch as Ctrl-C does.
class Stopper : public TrainingHook {
 public:
  explicit Stopper(std::int64_t at) : at_(at) {}
  void after_step(Network&, std::int64_t step) override {
    if (step == at_) std::raise(SIGINT);
  }

 private:
  std::int64_t at_;
};

TEST(TrainerDeathTest, CtrlCLosesNoStep) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const DatasetSplits data = striped_data();
  const TrainingConfig config = small_config();
  // This style starts the program anew, which must find the folder that the first one made.
  constexpr const char* kFolder = "ADAGRAIN_TEST_FOLDER";
  std::optional<TemporaryFolder> folder;
  if (std::getenv(kFolder) == nullptr) ::setenv(kFolder, folder.emplace().path().c_str(), 1);
  const std::filesystem::path file = std::filesystem::path(std::getenv(kFolder)) / "a.resume";
  const auto interrupted_training = [&] {
    install_interrupt_handlers();
    Stopper stopper(11);
    try {
      train(*fresh(config), data, config, file, {&stopper});
    } catch (const Interrupted&) {
      std::exit(130);
    }
    std::exit(0);
  };
  EXPECT_EXIT(interrupted_training(), testing::ExitedWithCode(130), "");
  ::unsetenv(kFolder);
  class FirstStep : public TrainingHook {
   public:
    void before_forward(Network&, const Batch&, std::int64_t step) override {
      if (first < 0) first = step;
    }
    std::int64_t first = -1;
  } watch;
  const auto resumed = fresh(config), unbroken = fresh(config);
  const TrainingResult result = train(*resumed, data, config, file, {&watch});
  const TrainingResult expected = train(*unbroken, data, config);
  EXPECT_EQ(watch.first, 12);
  EXPECT_EQ(read_checkpoint(*resumed), read_checkpoint(*unbroken));
  EXPECT_EQ(result.epochs[1].training_loss, expected.epochs[1].training_loss);
}

// Writes what it is asked, remembers what it was told.
class Recorder : public TrainingHook {
 public:
  void before_forward(Network&, const Batch&, std::int64_t step) override {
    calls += fmt::format("f{} ", step);
  }
  void after_backward(Network& network, std::int64_t) override {
    calls += network.parameters()[0].grad().defined() ? "b " : "no gradient ";
  }
  void after_step(Network&, std::int64_t) override { calls += "s "; }
  void before_validation(Network&, int epoch) override { calls += fmt::format("v{} ", epoch); }
  void after_validation(Network&, int, double) override { calls += "a "; }
  std::vector<std::pair<std::string, torch::Tensor>> state() override {
    return {{"seen", torch::tensor(static_cast<std::int64_t>(calls.size()))}};
  }
  void restore(const std::function<torch::Tensor(const std::string&)>& read) override {
    restored = read("seen").item<std::int64_t>();
  }
  std::string calls;
  std::int64_t restored = -1;
};

TEST(Trainer, HooksAreCalledInOrderAndGetTheirStateBack) {
  const DatasetSplits data = striped_data(64);
  TrainingConfig config = small_config();
  config.epochs = 2;
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.resume";
  Recorder first, second;
  EXPECT_THROW(
      train(*fresh(config), data, config, file, {&first}, [](const EpochReport&) { throw Killed(); }),
      Killed);
  EXPECT_EQ(first.calls, "f0 b s f1 b s v0 a ");
  EXPECT_EQ(first.restored, -1);
  train(*fresh(config), data, config, file, {&second});
  EXPECT_EQ(second.restored, static_cast<std::int64_t>(first.calls.size()));
  EXPECT_EQ(second.calls, "f2 b s f3 b s v1 a ");
}

// What one hook does to the weights before the passes is still there when the next one looks after them.
TEST(Trainer, HooksNestAroundThePasses) {
  struct Named : TrainingHook {
    Named(std::string name, std::string& calls) : name_(std::move(name)), calls_(calls) {}
    void before_forward(Network&, const Batch&, std::int64_t) override { calls_ += "f" + name_ + " "; }
    void after_backward(Network&, std::int64_t) override { calls_ += "b" + name_ + " "; }
    void after_step(Network&, std::int64_t) override { calls_ += "s" + name_ + " "; }
    std::string name_;
    std::string& calls_;
  };
  const DatasetSplits data = striped_data(32);
  TrainingConfig config = small_config();
  config.epochs = 1;
  std::string calls;
  Named outer("1", calls), inner("2", calls);
  train(*fresh(config), data, config, {}, {&outer, &inner});
  EXPECT_EQ(calls, "f1 f2 b2 b1 s1 s2 ");
}

TEST(Trainer, AStateOfAnotherConfigurationIsRefused) {
  const DatasetSplits data = striped_data(64);
  TrainingConfig config = small_config();
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.resume";
  train(*fresh(config), data, config, file);
  ++config.epochs;
  try {
    train(*fresh(config), data, config, file);
    ADD_FAILURE() << "the state of a shorter training is taken";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("epochs was"), std::string::npos) << error.what();
  }
  --config.epochs;
  EXPECT_THROW(train(*fresh(config), striped_data(65), config, file), ConfigError) << "other data";
}

TEST(Trainer, ADamagedStateIsRefused) {
  const DatasetSplits data = striped_data(64);
  const TrainingConfig config = small_config();
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.resume";
  train(*fresh(config), data, config, file);
  const std::vector<std::uint8_t> bytes = read_file(file);
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    write_file_atomically(file, std::span(bytes).first(size));
    EXPECT_THROW(train(*fresh(config), data, config, file), DataError) << size << " of " << bytes.size();
  }
  for (std::size_t place = 5; place < bytes.size(); place += bytes.size() / 20) {
    std::vector<std::uint8_t> altered = bytes;
    altered[place] ^= 4;
    write_file_atomically(file, altered);
    EXPECT_THROW(train(*fresh(config), data, config, file), DataError) << "byte " << place;
  }
  const TrainingConfig other = small_config("lenet5_caffe");
  write_file_atomically(file, bytes);
  EXPECT_THROW(train(*fresh(other), data, other, file), ConfigError) << "another network's state";
}

TEST(Trainer, APlaceThatCannotBeWrittenIsKnownBeforeTheFirstStep) {
  const DatasetSplits data = striped_data(64);
  const TrainingConfig config = small_config();
  Recorder hook;
  EXPECT_THROW(train(*fresh(config), data, config, "/nonexistent/a.resume", {&hook}), DataError);
  EXPECT_EQ(hook.calls, "");
}

TEST(Trainer, ABatchLargerThanTheDataIsRefused) {
  const DatasetSplits data = striped_data(31);
  const TrainingConfig config = small_config();
  try {
    train(*fresh(config), data, config);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "training: batch_size is 32; allowed up to 31 training images");
  }
}

}  // namespace
}  // namespace adagrain
