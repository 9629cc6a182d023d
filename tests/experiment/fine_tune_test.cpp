#include "framework/experiment/fine_tune.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "framework/core/files.h"
#include "framework/core/project_root.h"
#include "framework/report/results_file.h"
#include "framework/report/results_log.h"
#include "framework/report/schema.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

namespace fs = std::filesystem;

class FineTune : public testing::Test {
 protected:
  FineTune() {
    config_.training.network = "lenet_300_100";
    config_.training.dataset = "fashion_mnist";
    config_.training.device = "cpu";
    config_.training.epochs = 2;
    config_.training.batch_size = 5000;  // 11 updates an epoch
    config_.training.learning_rate = 0.01;
    config_.training.profile_every = 5;
    config_.reference = {"lenet_300_100",
                         project_root() / "datasets/zoo/fashion_mnist_lenet_300_100.safetensors",
                         "fashion_mnist", "cpu"};
    config_.teacher = config_.reference;
    config_.label = "test";
    config_.candidate = "element/quantize+ans";
    config_.step_rms = 1;
    config_.hardware = {"eyeriss_like"};
  }

  // Ends in the epoch with this number as if killed before its state was saved; -1: runs to the end.
  void run(const std::string& name, int killed_in) const {
    struct Killed {};
    int epoch = 0;
    try {
      fine_tune(config_, folder_ / name, {.output = {}, .threads = 1, .identity = {}},
                [&](const std::string&) {
                  if (epoch++ == killed_in) throw Killed();
                });
    } catch (const Killed&) {
    }
  }

  std::vector<TrainingProfileRow> profile(const std::string& name) const {
    const fs::path file = folder_ / (name + ".h5");
    return read_rows<TrainingProfileRow>(read_results(fs::exists(file) ? file : journal_of(file)));
  }

  const TemporaryFolder folder_;
  FineTuneConfig config_;
};

TEST_F(FineTune, TheProfileIsThatOfTheDecodedWeightsAndTheSameAfterAKill) {
  run("unbroken", -1);
  run("killed", 1);
  const std::size_t before = profile("killed").size();
  run("killed", -1);
  const auto unbroken = profile("unbroken"), killed = profile("killed");
  ASSERT_EQ(unbroken.size(), 5u * 3);  // updates 0, 5 .. 20
  EXPECT_EQ(before, unbroken.size());  // of updates that were then done again
  ASSERT_EQ(killed.size(), unbroken.size());
  for (std::size_t i = 0; i < unbroken.size(); ++i) {
    const TrainingProfileRow &row = unbroken[i], &other = killed[i];
    EXPECT_EQ(row.run, "fashion_mnist_lenet_300_100_test_seed1");
    EXPECT_EQ(row.step, static_cast<std::int64_t>(5 * (i / 3)));
    EXPECT_EQ(row.epoch, row.step / 11);
    EXPECT_EQ(row.layer, other.layer);
    EXPECT_EQ(row.step, other.step);
    EXPECT_EQ(row.weights.entropy_bits, other.weights.entropy_bits);
    EXPECT_EQ(row.activations.entropy_bits, other.activations.entropy_bits);
    EXPECT_EQ(row.fisher_mean, other.fisher_mean);
    // Float32 weights are hardly ever exactly zero; a third of a normal distribution rounds to it.
    EXPECT_GT(row.weights.exact_sparsity, 0.2) << row.layer << ", " << row.step;
  }
}

// Pruned to the end of the schedule by what the network it started from says, however often it was stopped.
TEST_F(FineTune, PruningBySensitivitySurvivesAKill) {
  config_.candidate = "element/prune+quantize+ans sparsity=0.9 saliency=1";
  config_.training.profile_every = 0;
  run("unbroken", -1);
  run("killed", 1);
  run("killed", -1);
  const auto bytes = read_file(folder_ / "unbroken.grain");
  EXPECT_EQ(bytes, read_file(folder_ / "killed.grain"));
  config_.candidate = "element/prune+quantize+ans sparsity=0.9";
  run("magnitude", -1);
  EXPECT_NE(bytes, read_file(folder_ / "magnitude.grain"));
}

TEST_F(FineTune, StartsAnewWhereTheLogIsDamagedOrOfAnotherConfiguration) {
  config_.training.profile_every = 0;
  run("unbroken", -1);
  run("damaged", 1);
  ASSERT_TRUE(fs::exists(folder_ / "damaged.resume"));
  std::vector<std::uint8_t> bytes = read_file(folder_ / "damaged.h5.journal");
  bytes[300] ^= 1;
  write_file_atomically(folder_ / "damaged.h5.journal", bytes);
  run("damaged", -1);
  EXPECT_EQ(read_file(folder_ / "damaged.grain"), read_file(folder_ / "unbroken.grain"));
  // The last row alone, of an epoch that the training's state is already past.
  run("late", 1);
  bytes = read_file(folder_ / "late.h5.journal");
  bytes[bytes.size() - 20] ^= 1;
  write_file_atomically(folder_ / "late.h5.journal", bytes);
  run("late", -1);
  EXPECT_EQ(read_file(folder_ / "late.grain"), read_file(folder_ / "unbroken.grain"));
  EXPECT_EQ(read_rows<StepRow>(read_results(folder_ / "late.h5")).size(), 2u);
  run("longer", 1);
  config_.training.epochs = 3;
  run("longer", -1);
  EXPECT_EQ(read_rows<StepRow>(read_results(folder_ / "longer.h5")).size(), 3u);
}

TEST_F(FineTune, NothingIsRecordedWhereTheProfileIsTurnedOff) {
  config_.training.profile_every = 0;
  config_.training.epochs = 1;
  run("off", -1);
  EXPECT_TRUE(profile("off").empty());
}

}  // namespace
}  // namespace adagrain
