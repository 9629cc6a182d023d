#include "framework/experiment/policy_training.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/core/files.h"
#include "framework/core/project_root.h"
#include "tests/temporary_folder.h"

namespace adagrain {

namespace {

namespace fs = std::filesystem;

class PolicyTrainingTest : public testing::Test {
 protected:
  PolicyTraining load(const std::string& yaml) const {
    const fs::path file = folder_ / "training.yaml";
    write_file_atomically(file, std::string_view(yaml));
    return load_policy_training(file);
  }

  std::string refusal(const std::string& yaml) const {
    try {
      load(yaml);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "accepted";
  }

  // The shipped network under another name.
  std::string network(const std::string& name) const {
    const fs::path copy = folder_ / (name + ".safetensors");
    fs::copy_file(project_root() / "datasets/zoo/fashion_mnist_lenet_300_100.safetensors", copy,
                  fs::copy_options::overwrite_existing);
    return fmt::format("{{network: lenet_300_100, dataset: fashion_mnist, weights: {}, group: {}}}",
                       copy.string(), name);
  }

  const TemporaryFolder folder_;
};

TEST_F(PolicyTrainingTest, MistakesAreNamed) {
  const std::string one = "networks: [" + network("a") + "]\n";
  EXPECT_EQ(refusal(one), "accepted");
  EXPECT_NE(refusal("seed: 1").find("networks"), std::string::npos);
  EXPECT_NE(refusal(one + "sampels_per_layer: 20").find("unknown key 'sampels_per_layer'"),
            std::string::npos);
  EXPECT_NE(refusal(one + "learned: {members: 0}").find("allowed 1..50"), std::string::npos);
  EXPECT_NE(refusal(one + "measured_images: 99").find("allowed 100..5000"), std::string::npos);
  EXPECT_NE(refusal("networks: [" + network("a") + ", " + network("a") + "]").find("also called 'a'"),
            std::string::npos);
  EXPECT_NE(
      refusal("networks: [{network: lenet_300_100, dataset: fashion_mnist, group: ../up}]").find("group"),
      std::string::npos);
  EXPECT_NE(refusal("networks: [{network: lenet_300_100, dataset: nowhere}]").find("nowhere"),
            std::string::npos);
}

TEST_F(PolicyTrainingTest, MeasuresFitsJudgesAndSaves) {
  const PolicyTraining training =
      load(fmt::format("{{ledger: {0}/ledger, output: {0}/trained, networks: [{1}, {2}], samples_per_layer: "
                       "16, measured_images: 100,\n"
                       "calibration_images: 32, candidates: {{granularities: [element, block, feature_map],\n"
                       "schemes: [ans, quantize+ans, prune+quantize+ans], bits: [2, 3, 4, 6], sparsities: "
                       "[0.3],\n"
                       "steps_per_octave: 2}}, learned: {{epochs: 2, members: 1}}}}",
                       folder_.path().string(), network("a"), network("b")));
  EXPECT_THROW(read_measurements(training), DataError);
  std::string said;
  for (const std::size_t network : {0u, 1u}) {
    measure_network(training, network, {}, [&](const std::string& line) { said = line; });
    EXPECT_NE(said.find("48 candidates measured now, 48 in all"), std::string::npos) << said;
  }
  measure_network(training, 0, {}, [&](const std::string& line) { said = line; });
  EXPECT_NE(said.find("0 candidates measured now"), std::string::npos) << said;

  const PolicyDataset dataset = read_measurements(training);
  EXPECT_EQ(dataset.networks.size(), 2u);
  const TrainedPolicies trained = fit_policies(training, [](const std::string&) {});
  EXPECT_EQ(trained.held_out.size(), 2u);
  for (const char* name : {"learned", "rule_based", "learned_without_a", "rule_based_without_b"}) {
    EXPECT_TRUE(fs::exists(folder_ / "trained" / (std::string(name) + ".json"))) << name;
  }
  const auto bytes = read_file(folder_ / "trained" / "learned.json");
  const auto learned = nlohmann::json::parse(bytes.begin(), bytes.end());
  EXPECT_EQ(learned.at("provenance").at("ledger").size(), 2u);
  EXPECT_TRUE(learned.at("provenance").contains("commit"));
  EXPECT_NO_THROW(parse_damage_model({bytes.begin(), bytes.end()}, "learned.json"));
  EXPECT_NE(held_out_table(trained.held_out).tab_separated().find("fashion_mnist/a:"), std::string::npos);
}

}  // namespace

}  // namespace adagrain
