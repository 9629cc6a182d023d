#include <gtest/gtest.h>

#include <filesystem>

#include "framework/cli/command.h"
#include "framework/core/project_root.h"
#include "framework/evaluation/classifier.h"
#include "framework/report/results_file.h"
#include "framework/report/schema.h"
#include "tests/report/other_reader.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

void run(const std::vector<std::string>& arguments) {
  CLI::App app;
  const std::unique_ptr<Command> command = Registry<Command>::create("profile");
  command->declare(app);
  app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  command->run({});
}

std::vector<std::string> arguments(const std::string& network, const std::filesystem::path& output) {
  const auto weights = project_root() / "datasets/zoo/fashion_mnist_lenet_300_100.safetensors";
  return {"--network",     network,    "--weights", weights.string(), "--dataset",
          "fashion_mnist", "--images", "40",        "--output",       output.string()};
}

TEST(ProfileCommand, WritesARowPerLayerAndTheFisherDiagonalBesideThem) {
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "a.h5";
  run(arguments("lenet_300_100", output));
  const auto rows = read_rows<ProfileRow>(read_results(output));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].columns, 784);
  EXPECT_EQ(rows[0].activations.count, 40 * 784);
  EXPECT_EQ(rows[2].relative_depth, 1);
  for (const ProfileRow& row : rows) {
    const auto fisher =
        OtherReader(output).numbers<float>("/fisher/lenet_300_100/" + row.layer, nullptr, H5T_NATIVE_FLOAT);
    ASSERT_EQ(static_cast<std::int64_t>(fisher.size()), row.weights.count);
    double mean = 0;
    for (const float value : fisher) mean += value / static_cast<double>(fisher.size());
    EXPECT_NEAR(mean, row.fisher_mean, 1e-5 * row.fisher_mean);
  }
}

TEST(ProfileCommand, TakesTheWeightsFromTheZooWhereNoneAreNamed) {
  const TemporaryFolder folder;
  const std::filesystem::path output = folder / "a.h5";
  run({"--network", "lenet_300_100", "--images", "0", "--output", output.string()});
  const auto rows = read_rows<ProfileRow>(read_results(output));
  EXPECT_THROW(run(arguments("lenet_300_100", output)), ConfigError) << "the file exists";
  std::vector<std::string> forced = arguments("lenet_300_100", output);
  forced.push_back("--force");
  run(forced);
  const auto named = read_rows<ProfileRow>(read_results(output));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].dataset, "fashion_mnist");
  EXPECT_EQ(rows[0].weights.entropy_bits, named.at(0).weights.entropy_bits);
  EXPECT_EQ((ClassifierOptions{"vgg_small", {}, "mnist"}.zoo_weights()),
            project_root() / "datasets/zoo/mnist_vgg_small.safetensors");
}

// Run in a folder of its own, which is left again.
class ProfileCommandInAFolder : public testing::Test {
 protected:
  ProfileCommandInAFolder() { std::filesystem::current_path(folder_.path()); }
  ~ProfileCommandInAFolder() override { std::filesystem::current_path(before_); }

  std::filesystem::path before_ = std::filesystem::current_path();
  const TemporaryFolder folder_;
  std::filesystem::path file_ = "results/fashion_mnist_lenet_300_100_profile.h5";
};

TEST_F(ProfileCommandInAFolder, WritesToResultsWhereNoFileIsNamedAndAnewEachTime) {
  run({"--network", "lenet_300_100", "--images", "0"});
  EXPECT_EQ(read_rows<ProfileRow>(read_results(file_)).at(0).activations.count, 0);
  run({"--network", "lenet_300_100", "--images", "8"});
  const auto rows = read_rows<ProfileRow>(read_results(file_));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].activations.count, 8 * 784);
  EXPECT_GT(rows[0].activation_channel_scale_spread, 0);
  EXPECT_GT(rows[1].activation_block_scale_spread, 0);
}

TEST_F(ProfileCommandInAFolder, WritesNothingWhereNoFileIsWanted) {
  run({"--network", "lenet_300_100", "--images", "0", "--no-file"});
  EXPECT_FALSE(std::filesystem::exists("results"));
}

TEST(ProfileCommand, SaysWhatIsNotThere) {
  EXPECT_THROW(run({"--network", "lenet6"}), ConfigError);
  EXPECT_THROW(run({"--network", "lenet_300_100", "--dataset", "cifar"}), ConfigError);
}

TEST(ProfileCommand, SaysWhenNetworkAndWeightsDisagree) {
  EXPECT_THROW(run(arguments("lenet5_caffe", "unused.h5")), DataError);
  EXPECT_THROW(run(arguments("lenet6", "unused.h5")), ConfigError);
}

}  // namespace
}  // namespace adagrain
