// What an experiment's YAML may say, for both kinds, and what is said of a mistake: all before any work.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "framework/core/files.h"
#include "framework/core/project_root.h"
#include "framework/experiment/experiment_config.h"
#include "framework/experiment/fine_tune_config.h"
#include "framework/experiment/job_log.h"
#include "framework/experiment/job_options.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

namespace fs = std::filesystem;

class ExperimentFiles : public testing::Test {
 protected:
  fs::path written(const std::string& yaml) const {
    const fs::path file = folder_ / "experiment.yaml";
    write_file_atomically(file, std::string_view(yaml));
    return file;
  }

  ExperimentConfig comparison(const std::string& yaml) const { return load_experiment(written(yaml)); }
  FineTuneExperiment fine_tuning(const std::string& yaml) const { return load_fine_tune(written(yaml)); }

  template <typename Load>
  void expect_refusal(const Load& load, const std::string& words) const {
    try {
      load();
      ADD_FAILURE() << "accepted; expected: " << words;
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  }

  const TemporaryFolder folder_;
};

constexpr const char* kNetworks = "networks: [{network: lenet_300_100, dataset: fashion_mnist}]\n";
constexpr const char* kPolicies = "policies: [{policy: single_step}]\n";
constexpr const char* kTraining =
    "{network: lenet_300_100, dataset: fashion_mnist, candidate: element/quantize+ans";

TEST_F(ExperimentFiles, TheMarginIsAllThatCompensationMarginAdds) {
  const fs::path experiments = project_root() / "experiments";
  std::map<std::string, std::string> with =
      load_experiment(experiments / "compensation_margin.yaml").conditions;
  std::map<std::string, std::string> without = load_experiment(experiments / "compensation.yaml").conditions;
  EXPECT_NE(with.at("standard_errors"), without.at("standard_errors"));
  with.erase("standard_errors");
  without.erase("standard_errors");
  EXPECT_EQ(with, without);
}

// A job's rows outlive it; those of another question are not taken for an answer.
TEST_F(ExperimentFiles, AJobGoesOnUnderTheSameIdentityAlone) {
  Identity identity;
  identity.add("seed", "1");
  JobLog(folder_ / "job", identity, 3).add(RunRow{.run = "a"});
  EXPECT_TRUE(JobLog(folder_ / "job", identity, 1).finished("a"));
  EXPECT_EQ(threads_of(JobLog(folder_ / "job", identity, 1).content(), 7), 3);
  identity.add("seed", "2");
  EXPECT_EQ(earlier_results(folder_ / "job.h5", identity, job_tables()).lost, "seed was 1 and is 2");
  EXPECT_FALSE(JobLog(folder_ / "job", identity, 1).finished("a"));
}

TEST_F(ExperimentFiles, RunsGoByNamesOfBoundedLength) {
  const std::string stem(97, 'w');
  write_file_atomically(folder_ / (stem + ".safetensors"), std::string_view("x"));
  expect_refusal(
      [&] {
        comparison(
            fmt::format("networks: [{{network: lenet_300_100, dataset: fashion_mnist, weights: {}}}]\n{}",
                        (folder_ / (stem + ".safetensors")).string(), kPolicies));
      },
      "97 letters");
}

TEST_F(ExperimentFiles, ShippedOnesAreSound) {
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(project_root() / "experiments")) {
    if (entry.path().extension() != ".yaml" || entry.path().stem() == "policy_training") continue;
    const auto kind =
        Config::load(entry.path()).choice("kind", {"comparison", "fine_tune", "profile"}, "comparison");
    if (kind == "comparison") {
      EXPECT_FALSE(load_experiment(entry.path()).policies.empty());
    }
    if (kind == "fine_tune") {
      EXPECT_FALSE(load_fine_tune(entry.path()).trainings.empty());
    }
    ++seen;
  }
  EXPECT_GE(seen, 5);
}

TEST_F(ExperimentFiles, MistakesInAComparisonAreNamed) {
  const std::string sound = std::string(kNetworks) + kPolicies;
  EXPECT_EQ(comparison(sound).max_drop_points, std::vector<double>{0.5});
  const auto refused = [&](const std::string& yaml, const std::string& words) {
    expect_refusal([&] { comparison(yaml); }, words);
  };
  refused(kPolicies, "networks");
  refused(kNetworks, "policies");
  refused(sound + "sedes: [1]", "unknown key 'sedes'");
  refused(sound + "seeds: [1]\nseeds: [2]", "given twice");
  refused(sound + "evaluations: 1", "allowed 2..10000");
  refused(sound + "max_drop_points: [-1]", "allowed 0..100");
  refused(sound + "standard_errors: -1", "allowed 0..5");
  refused(sound + "validation_images: many", "an integer is expected");
  refused(sound + "hardware: abacus",
          "experiment.yaml:3:11: hardware: has 'abacus': unknown hardware preset 'abacus'; known: ");
  refused(sound + "hardware: eyeriss_like:slide_rule",
          "experiment.yaml:3:11: hardware: has 'eyeriss_like:slide");
  refused(sound + "small_tensors: tiny", "float16");
  refused(std::string(kNetworks) + "policies: [{policy: oracel}]", "known: ");
  refused(std::string(kNetworks) + "policies: [{policy: oracle}, {policy: oracle}]", "label of its own");
  refused(std::string(kNetworks) + "policies: [{policy: uniform, candidate: element/quantise}]", "quantise");
  refused(std::string(kPolicies) + "networks: [{network: lenet, dataset: fashion_mnist}]",
          "is 'lenet'; allowed: ");
  refused(std::string(kPolicies) + "networks: [{network: lenet_300_100, dataset: cifar}]", "cifar");
  refused(std::string(kPolicies) +
              "networks: [{network: lenet_300_100, dataset: mnist, weights: no.safetensors}]",
          "no.safetensors");
}

TEST_F(ExperimentFiles, MistakesInAFineTuningAreNamed) {
  const auto one = [](const std::string& rest) {
    return fmt::format("kind: fine_tune\ntrainings:\n  - {}{}}}\n", kTraining, rest);
  };
  EXPECT_EQ(fine_tuning(one("")).trainings.at(0).name(), "fashion_mnist_lenet_300_100_fine_tune_seed1");
  const auto refused = [&](const std::string& yaml, const std::string& words) {
    expect_refusal([&] { fine_tuning(yaml); }, words);
  };
  refused("kind: fine_tune", "trainings");
  refused(std::string(kNetworks) + kPolicies, "kind");
  refused(one(", rate_wieght: 1"), "unknown key 'trainings[0].rate_wieght'");
  refused(one(", distillation: 2"), "allowed 0..1");
  refused(one(", step_rms: -1"), "allowed 0..100");
  refused(one(", plan: '{}'"), "candidate: exactly one of candidate and plan");
  refused(one(", seed: 3"), "`seeds`");
  refused(one(", epochs: 0"), "epochs");
  refused(one(", profile_every: -1"), "allowed 0..1000000");
  refused(one(", teacher: {network: vgg_small}"), "dataset");
  refused(one(", teacher: {network: vgg_small, dataset: fashion_mnist, temperature: 3}"), "temperature");
  refused(one("") + "hardware: abacus", "experiment.yaml:4:11: hardware: has 'abacus'");
  const auto sensitive = [](const char* rest) {
    return fmt::format(
        "kind: fine_tune\ntrainings:\n  - network: lenet_300_100\n    dataset: fashion_mnist\n"
        "    candidate: element/prune+ans saliency=1\n{}",
        rest);
  };
  EXPECT_FALSE(fine_tuning(sensitive("")).trainings.at(0).from_scratch);
  refused(sensitive("    from_scratch: true\n"),
          "experiment.yaml:5:16: trainings[0].candidate: has 'element/prune+ans saliency=1': saliency=1 "
          "prunes by");
  refused(one("") + fmt::format("  - {}}}\n", kTraining), "'fine_tune' is taken");
  EXPECT_EQ(fine_tuning(one("") + fmt::format("  - {}, label: again}}\n", kTraining)).trainings.size(), 2u);
}

TEST_F(ExperimentFiles, NothingIsMeasuredTwiceOrUnderAnImpossibleName) {
  const auto refused = [&](const std::string& yaml, const std::string& words) {
    expect_refusal([&] { comparison(yaml); }, words);
  };
  const std::string sound = std::string(kNetworks) + kPolicies;
  refused(sound + "seeds: [1, 2, 1]", "seeds: has 1 twice");
  refused(sound + "seeds: []", "seeds: is empty");
  refused(sound + "max_drop_points: [0.5, 0.5]", "max_drop_points: has 0.5 twice");
  refused(sound + "hardware: [eyeriss_like, eyeriss_like]", "hardware: has eyeriss_like twice");
  refused(sound + "hardware: []", "hardware: is empty");
  refused(sound + "candidates: {schemes: []}", "schemes: is empty");
  const std::string twice =
      "networks: [{network: lenet_300_100, dataset: fashion_mnist}, {network: lenet_300_100, dataset: "
      "fashion_mnist}]\n";
  refused(twice + kPolicies, "also called 'fashion_mnist_lenet_300_100'");
  const auto labelled = [&](const std::string& label) {
    return fmt::format("{}policies: [{{policy: single_step, label: '{}'}}]", kNetworks, label);
  };
  const auto learned = [&](const std::string& weights) {
    return fmt::format("{}policies:\n  - policy: learned\n    weights: {}\n", kNetworks, weights);
  };
  refused(learned("nowhere.json"),
          "experiment.yaml:4:14: policies[0].weights: is 'nowhere.json'; a file that");
  refused(learned(written("not: JSON").string()), "experiment.yaml:4:14: policies[0].weights: is '");
  refused(learned("'nowhere/without_{model}.json'"),
          "experiment.yaml:3:13: policies[0].policy: is 'learned', which reads ");
  for (const std::string& label :
       {std::string(), std::string("a/b"), std::string("../up"), std::string(65, 'a')}) {
    refused(labelled(label), "becomes part of file names");
    refused(fmt::format("name: '{}'\n{}", label, labelled("x")), "name: is '");
  }
  EXPECT_EQ(comparison(labelled("prune+ans at 0.9")).policies.front().label, "prune+ans at 0.9");
  refused(std::string(kNetworks) +
              "policies: [{policy: single_step, label: a b}, {policy: lagrangian, label: a_b}]",
          "'a_b' is taken");
}

TEST_F(ExperimentFiles, AnotherTeacherIsTakenFromTheZoo) {
  const FineTuneConfig training =
      fine_tuning(
          fmt::format(
              "kind: fine_tune\ntrainings:\n  - {}, distillation: 0.5, teacher: {{network: vgg_small, "
              "dataset: fashion_mnist}}}}\n",
              kTraining))
          .trainings.at(0);
  EXPECT_EQ(training.teacher.weights.filename(), "fashion_mnist_vgg_small.safetensors");
  EXPECT_EQ(training.reference.weights.filename(), "fashion_mnist_lenet_300_100.safetensors");
}

// What was measured stays measured when something is added beside it, or said in other words.
TEST_F(ExperimentFiles, AJobIsKnownByWhatChangesItsNumbers) {
  const auto identity = [&](const std::string& yaml) {
    const ExperimentConfig experiment = comparison(yaml);
    return job_identity(experiment, jobs(experiment).at(0));
  };
  const std::string sound = std::string(kNetworks) + kPolicies + "max_drop_points: [0.5, 1.0]\n";
  for (const std::string& same : std::vector<std::string>{
           "# a remark\nname: other\nseeds: [1, 2]\n" + sound,
           "max_drop_points: [0.50, 1]\n" + std::string(kPolicies) + kNetworks,
           "networks: [{dataset: fashion_mnist, network: lenet_300_100}]\npolicies: [{policy: single_step, "
           "label: "
           "single_step}]\nmax_drop_points: [0.5, 1]\nevaluations: 20\nhardware: eyeriss_like\n"})
    EXPECT_EQ(identity(same).difference_from(identity(sound)), "") << same;
  for (const std::string& other :
       std::vector<std::string>{"seeds: [2]\n" + sound, "evaluations: 7\n" + sound,
                                std::string(kNetworks) + kPolicies + "max_drop_points: [0.5, 1.5]\n",
                                sound + "candidates: {bits: [4]}\n", sound + "small_tensors: float32\n"})
    EXPECT_NE(identity(other).difference_from(identity(sound)), "") << other;
  EXPECT_EQ(identity("evaluations: 7\n" + sound).difference_from(identity(sound)),
            "evaluations was 20 and is 7");

  // A trained policy's file is known by its contents, whatever network its name is made for.
  const fs::path parameters = folder_ / "rule_without_lenet_300_100.json";
  const std::string tuned = std::string(kNetworks) +
                            "policies: [{policy: rule_based, variant: tuned, parameters: '" +
                            (folder_ / "rule_without_{model}.json").string() + "'}]\n";
  expect_refusal([&] { identity(tuned); },
                 "experiment.yaml:2:21: policies[0].policy: is 'rule_based', which reads");
  write_file_atomically(parameters, std::string_view("first"));
  const Identity first = identity(tuned);
  EXPECT_EQ(first, identity(tuned));
  write_file_atomically(parameters, std::string_view("other"));
  EXPECT_NE(first, identity(tuned));
  try {
    require_unchanged(first, identity(tuned), "job");
    ADD_FAILURE() << "an edit goes unnoticed";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("has changed since it began: policy 'rule_based'"),
              std::string::npos)
        << error.what();
  }
  JobOptions options{.output = {}, .threads = 1, .identity = first.checksum()};
  EXPECT_EQ(options.checked(first, "job"), first);
  EXPECT_THROW(options.checked(identity(tuned), "job"), DataError);

  const auto training = [&](const std::string& yaml) {
    return job_identity(fine_tuning(yaml).trainings.at(0));
  };
  const std::string one = fmt::format("kind: fine_tune\ntrainings:\n  - {}}}\n", kTraining);
  EXPECT_EQ(training(one), training(one + fmt::format("  - {}, label: again}}\nseeds: [1, 2]\n", kTraining)));
  EXPECT_EQ(training(one), training("max_drop_points: 0.50\n" + one));
  for (const char* other : {", epochs: 3", ", step_rms: 1", ", label: again", ", profile_every: 3",
                            ", augmentation: {flip: true}", ", distillation: 0.5"})
    EXPECT_NE(training(one),
              training(fmt::format("kind: fine_tune\ntrainings:\n  - {}{}}}\n", kTraining, other)))
        << other;
  EXPECT_NE(training(one), training(one + "max_drop_points: 1\n"));
}

// As many images as the data have, and no more.
TEST_F(ExperimentFiles, ImagesAreCountedInTheData) {
  const std::string sound = std::string(kNetworks) + kPolicies;
  const DatasetFacts& facts = dataset_facts("fashion_mnist");
  EXPECT_EQ(comparison(sound + fmt::format("calibration_images: {}\n", facts.train)).calibration_images,
            facts.train);
  expect_refusal([&] { comparison(sound + fmt::format("calibration_images: {}\n", facts.train + 1)); },
                 fmt::format("allowed 1..{}", facts.train));
  expect_refusal([&] { comparison(sound + fmt::format("validation_images: {}\n", facts.validation + 1)); },
                 fmt::format("allowed 0..{}", facts.validation));
}

}  // namespace
}  // namespace adagrain
