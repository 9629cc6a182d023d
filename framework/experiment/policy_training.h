// `adagrain train-policy`: measures candidates on trained networks, fits the learned policy and the tuned
// rule, and judges both on networks held out.
//
// Each network is measured by a process of its own into <ledger>/<weights' name>.h5, which resumes; fitting
// reads all of them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/core/config.h"
#include "framework/core/text_table.h"
#include "framework/evaluation/classifier.h"
#include "framework/experiment/job_options.h"
#include "framework/search/candidate_space.h"
#include "policies/training/fit_rule_based.h"
#include "policies/training/held_out.h"

namespace adagrain {

struct PolicyTrainingNetwork {
  ClassifierOptions options;
  std::string group;  // held out together
};

struct PolicyTraining {
  std::filesystem::path file;    // the YAML
  std::filesystem::path ledger;  // folder of measurements
  std::filesystem::path output;  // folder of trained policies
  std::vector<PolicyTrainingNetwork> networks;
  CandidateSpace candidates;
  LedgerOptions sampling;
  std::int64_t calibration_images = 512;
  std::int64_t measured_images = 1000;  // of the validation split
  bool fold_batch_norm = true;
  LearnedTraining learned;
  Identity conditions;  // what the file says, in one spelling
};

// Throws ConfigError.
PolicyTraining load_policy_training(const std::filesystem::path& file);

// What the measurements of a network depend on. Throws DataError when a file cannot be read.
Identity job_identity(const PolicyTraining& training, std::size_t network);

// One process's share; of `options` the threads and the identity count. `on_line` is told what was measured.
void measure_network(const PolicyTraining& training, std::size_t network, const JobOptions& options,
                     const std::function<void(const std::string&)>& on_line);

// Everything measured so far of the networks that the configuration lists.
PolicyDataset read_measurements(const PolicyTraining& training);

struct TrainedPolicies {
  std::vector<HeldOutGroup> held_out;
  RuleFit rule;  // on all networks
};

// Fits, judges and writes learned.json, rule_based.json and, for each group, the two fitted without it
// (learned_without_<group>.json), each with what it was made from.
TrainedPolicies fit_policies(const PolicyTraining& training,
                             const std::function<void(const std::string&)>& on_step);

// A row per held-out network: prediction, agreement with the oracle, regret in bytes of each policy.
TextTable held_out_table(const std::vector<HeldOutGroup>& groups);

}  // namespace adagrain
