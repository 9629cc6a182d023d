#include "framework/experiment/trial_log.h"

#include <fmt/format.h>

#include "framework/container/grain_layout.h"
#include "framework/core/checksum.h"
#include "framework/core/files.h"
#include "framework/core/registry.h"
#include "policies/policy.h"

namespace adagrain {

namespace {

constexpr const char* kSignature = "trial_signature";
// Raised with any change of the program that makes the same experiment measure other numbers.
constexpr int kMeasurement = 2;

void create_tables(ResultsFile& file) {
  create_table<ProfileRow>(file);
  create_table<StepRow>(file);
  create_table<LayerRow>(file);
  create_table<RunRow>(file);
  create_table<TrainingRow>(file);
}

// Rows are worth keeping only when they answer the same question. Reads alone: a disk that is full is no
// reason to measure again.
bool answers(const std::filesystem::path& file, const std::string& signature) {
  if (!std::filesystem::exists(file)) return false;
  try {
    const ResultsFile earlier = ResultsFile::open_read_only(file);
    return earlier.attribute(kSignature) == signature && has_table<ProfileRow>(earlier) &&
           has_table<StepRow>(earlier) && has_table<LayerRow>(earlier) && has_table<RunRow>(earlier) &&
           has_table<TrainingRow>(earlier);
  } catch (const DataError&) {
    return false;  // killed before its tables were made, or altered since
  }
}

ResultsFile open_or_create(const std::filesystem::path& file, const std::string& question) {
  const std::string signature =
      fmt::format("measurement {}, format {}\n{}", kMeasurement, kGrainMagic[3], question);
  std::filesystem::create_directories(file.parent_path());
  if (answers(file, signature)) return ResultsFile::open(file);
  ResultsFile fresh = ResultsFile::create(file);
  fresh.set_attribute(kSignature, signature);
  create_tables(fresh);
  return fresh;
}

}  // namespace

std::filesystem::path trial_stem(const ExperimentConfig& experiment, const Trial& trial,
                                 const std::filesystem::path& output) {
  return output / (experiment.name + ".trials") / trial_name(experiment, trial);
}

TrialLog::TrialLog(const std::filesystem::path& file, const std::string& signature)
    : file_(open_or_create(file, signature)) {
  for (const RunRow& row : read_rows<RunRow>(file_)) finished_.insert(row.run);
}

std::string trial_signature(const ExperimentConfig& experiment, const Trial& trial) {
  const ClassifierOptions& network = experiment.networks[trial.network];
  std::string text = fmt::format("{}\n{} {} {:08x}\nseed {}\n", experiment.conditions, network.dataset,
                                 network.network, crc32(read_file(network.weights)), trial.seed);
  for (const PolicySpec& spec : experiment.policies) {
    const auto policy = Registry<Policy>::create(spec.policy);
    policy->configure(spec.config);
    for (const auto& file : policy->files(network.network))
      text += fmt::format("{} {:08x}\n", spec.label, crc32(read_file(file)));
  }
  return text;
}

}  // namespace adagrain
