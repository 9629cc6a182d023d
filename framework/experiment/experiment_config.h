// An experiment of kind comparison: its trials are the product of networks, seeds, policies and budgets,
// measured the same way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/core/config.h"
#include "framework/evaluation/classifier.h"
#include "framework/search/candidate_space.h"

namespace adagrain {

struct PolicySpec {
  std::string label;   // unique within the experiment; what tables and figures show
  std::string policy;  // a Policy's name
  Config config;       // the policy's own keys
};

struct ExperimentConfig {
  std::string name;  // results go to <output>/<name>.h5
  std::vector<ClassifierOptions> networks;
  std::vector<std::uint64_t> seeds = {1};
  std::vector<PolicySpec> policies;
  std::vector<double> max_drop_points = {0.5};  // the budgets
  double standard_errors = 0;                   // MonitorOptions
  CandidateSpace candidates;
  std::int64_t calibration_images = 512;  // of the training split, drawn by the seed
  std::int64_t moment_images = 4000;      // the same way, for the input moments that compensation needs
  double damping = 0.05;                  // of these moments, shares of their mean power
  std::int64_t bias_images = 0;           // the same way, for bias correction; 0: none
  std::int64_t validation_images = 0;     // 0: all of them
  int evaluations = 20;                   // per policy, network, seed and budget
  bool fold_batch_norm = true;
  SmallTensorRule small_tensors = SmallTensorRule::float16;
  std::vector<std::string> hardware = {"eyeriss_like"};  // presets
  std::string text;                                      // the YAML, for provenance
  // What of it changes a trial's numbers, in one spelling: all but name, networks, seeds and policies.
  std::map<std::string, std::string> conditions;
};

// Everything is checked before any work: keys, ranges, names of networks, datasets, policies, presets, and
// that every weights file exists. Throws ConfigError.
ExperimentConfig load_experiment(const std::filesystem::path& file);

// small_tensors: float32 | float16 | quantized; float16 where the key is absent.
SmallTensorRule read_small_tensors(const Config& config);

// hardware: presets, each of which can be loaded; eyeriss_like where the key is absent.
std::vector<std::string> read_hardware(const Config& config);

// standard_errors: 0..5; 0 where the key is absent.
double read_standard_errors(const Config& config);

// A label becomes part of file names. Throws ConfigError at the entry when it cannot.
void check_label(const Config& entry, const std::string& label, const std::string& key = "label");
// `name`, or what the file is called; checked like a label.
std::string read_name(const Config& config, const std::filesystem::path& file);
// What of a file's name tells the label.
std::string file_label(std::string label);

// {network, dataset, weights?} of a list of networks. Leaves it to the caller to refuse other keys.
ClassifierOptions read_network(const Config& entry, const std::string& device);

// How many images somebody wants of a split, `minimum` at least and no more than every dataset has.
std::int64_t read_image_count(const Config& config, const std::string& key, std::int64_t fallback,
                              std::int64_t minimum, const std::vector<std::string>& datasets, Split split);

// One process's share: the trials of one network with one seed, under every policy and budget.
struct Job {
  std::size_t network = 0;
  std::uint64_t seed = 0;
};
std::vector<Job> jobs(const ExperimentConfig& experiment);

// "fashion_mnist_lenet5_caffe_seed1"
std::string job_name(const ExperimentConfig& experiment, const Job& job);

}  // namespace adagrain
