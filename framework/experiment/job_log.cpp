#include "framework/experiment/job_log.h"

#include <fmt/format.h>

#include <charconv>

#include "framework/container/grain_layout.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "framework/report/provenance_texts.h"
#include "policies/policy.h"

namespace adagrain {

namespace {

// Raised with any change of the program that makes the same experiment measure other numbers.
constexpr int kMeasurement = 3;
constexpr const char* kThreads = "threads";

std::filesystem::path with_folder(const std::filesystem::path& stem) {
  std::filesystem::create_directories(stem.parent_path());
  return stem.string() + ".h5";
}

Results job_beginning(int threads) {
  Results results = job_tables();
  results.texts = provenance_texts();
  results.texts[kThreads] = std::to_string(threads);
  return results;
}

}  // namespace

std::filesystem::path job_stem(const std::filesystem::path& output, const std::string& experiment,
                               const std::string& job) {
  return output / (experiment + ".trials") / job;
}

Identity program_identity() {
  Identity identity;
  identity.add("measurement", std::to_string(kMeasurement));
  identity.add("format", fmt::format("{}", kGrainMagic[3]));
  return identity;
}

Identity job_identity(const ExperimentConfig& experiment, const Job& job) {
  const ClassifierOptions& network = experiment.networks[job.network];
  Identity identity = program_identity();
  identity.add(experiment.conditions);
  identity.add("network", network.network);
  identity.add("dataset", network.dataset);
  identity.add("data", dataset_facts(network.dataset).checksum);
  identity.add_file("weights", network.weights);
  identity.add("seed", std::to_string(job.seed));
  for (const PolicySpec& spec : experiment.policies) {
    const std::string name = fmt::format("policy '{}'", spec.label);
    identity.add(spec.config.values(), name + " ");
    const auto policy = Registry<Policy>::create(spec.policy);
    policy->configure(spec.config);
    for (const auto& file : policy->files(network.network))
      identity.add_file(fmt::format("{} {}", name, file.string()), file);
  }
  return identity;
}

void require_unchanged(const Identity& begun, const Identity& now, const std::string& job) {
  const std::string difference = now.difference_from(begun);
  require<DataError>(difference.empty(), "{}: what the run was given has changed since it began: {}", job,
                     difference);
}

Results job_tables() {
  return empty_tables<ProfileRow, StepRow, LayerRow, RunRow, TrainingRow, TrainingProfileRow>();
}

std::set<std::string> finished_trials(const Results& results) {
  std::set<std::string> trials;
  for (const RunRow& row : read_rows<RunRow>(results)) trials.insert(row.run);
  return trials;
}

JobLog::JobLog(const std::filesystem::path& stem, const Identity& identity, int threads)
    : log_(with_folder(stem), identity, job_beginning(threads)), finished_(finished_trials(log_.content())) {}

void JobLog::append(const Results& more) {
  log_.append(more);
  finished_.merge(finished_trials(more));
}

int threads_of(const Results& earlier, int fallback) {
  const auto stored = earlier.texts.find(kThreads);
  if (stored == earlier.texts.end()) return fallback;
  int threads = 0;
  std::from_chars(stored->second.data(), stored->second.data() + stored->second.size(), threads);
  return threads >= 1 ? threads : fallback;
}

}  // namespace adagrain
