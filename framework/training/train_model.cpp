#include "framework/training/train_model.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "framework/container/safetensors.h"
#include "framework/core/files.h"
#include "framework/evaluation/network_fit.h"
#include "framework/evaluation/torch_runtime.h"
#include "framework/profiling/observers/training_observer.h"
#include "framework/report/provenance_texts.h"
#include "framework/report/results_log.h"
#include "framework/report/schema.h"
#include "framework/training/trainer.h"

namespace adagrain {

namespace {

// A training step runs the network forwards once and backwards twice (to inputs and to weights), two
// operations a MAC.
double training_operations(const std::vector<LayerDescription>& layers) {
  double macs = 0;
  for (const LayerDescription& layer : layers) macs += static_cast<double>(layer.macs);
  return 3 * 2 * macs;
}

void write_report(const TrainingConfig& config, const DatasetSplits& data, const TrainingResult& result,
                  const TrainedNetwork& trained) {
  nlohmann::ordered_json report;
  report["network"] = config.network;
  report["dataset"] = config.dataset;
  report["recipe"] = config.text;
  report["seed"] = config.seed;
  report["data"] = checksum(data);
  report["provenance"] = provenance_texts();
  report["best_epoch"] = trained.best_epoch;
  report["validation_accuracy"] = trained.validation_accuracy;
  report["test_accuracy"] = trained.test_accuracy;
  report["seconds"] = std::round(result.seconds);
  report["images_per_second"] = std::round(trained.images_per_second);
  report["share_of_gemm_peak"] = std::round(1000 * trained.share_of_gemm_peak) / 1000;
  write_file_atomically(trained.report, report.dump(2) + "\n");
}

// What a training's results hold beside rows.
Results results_about(const TrainingConfig& config) {
  Results results = empty_tables<TrainingRow, TrainingProfileRow>();
  results.texts = provenance_texts();
  results.texts["config"] = config.text;
  return results;
}

// A training that goes on must not take over results that somebody else has left there, nor leave out rows
// that were damaged.
void refuse_foreign_results(const TrainingConfig& config, const std::filesystem::path& profile) {
  const EarlierResults earlier = earlier_results(profile, identity_of(config), results_about(config));
  require<ConfigError>(
      earlier.lost.empty(),
      "{}: does not hold the results of the training that goes on ({}); name another file, or "
      "remove this one and {} to start anew",
      profile.string(), earlier.lost, resume_file(config).string());
}

// The results of a training whose profile is wanted.
class TrainingLog {
 public:
  TrainingLog(const std::filesystem::path& path, const TrainingConfig& config, std::int64_t steps_per_epoch,
              ResultsLog::Start start)
      : run_(config.output.stem().string()), log_(path, identity_of(config), results_about(config), start) {
    if (config.profile_every > 0) observer_.emplace(log_, run_, steps_per_epoch, config.profile_every);
    for (const TrainingRow& row : read_rows<TrainingRow>(log_.content())) epochs_.insert(row.epoch);
  }

  std::vector<TrainingHook*> hooks() {
    return observer_ ? std::vector<TrainingHook*>{&*observer_} : std::vector<TrainingHook*>{};
  }

  // An epoch that is reported twice, as after a kill, counts once.
  void add(const EpochReport& epoch) {
    if (!epochs_.insert(epoch.epoch).second) return;
    TrainingRow row;
    row.run = run_;
    row.epoch = epoch.epoch;
    row.learning_rate = epoch.learning_rate;
    row.train_loss = epoch.training_loss;
    row.validation_accuracy = epoch.validation_accuracy;
    log_.append(rows_of<TrainingRow>({row}));
  }

  void finish() { log_.finish(); }

 private:
  std::string run_;
  ResultsLog log_;
  std::set<std::int64_t> epochs_;
  std::optional<TrainingObserver> observer_;  // none where the recipe turns it off
};

}  // namespace

std::filesystem::path report_file(const TrainingConfig& config) {
  return std::filesystem::path(config.output).replace_extension(".json");
}

std::filesystem::path resume_file(const TrainingConfig& config) {
  return config.output.string() + ".resume";
}

bool has_results(const TrainingConfig& config, const std::filesystem::path& profile) {
  return earlier_results(profile, identity_of(config), results_about(config)).finished;
}

TrainedNetwork train_model(const TrainingConfig& config, const std::function<void(const std::string&)>& say,
                           const std::filesystem::path& profile) {
  resolve_device(config.device);  // a wrong one is known before any work
  const std::filesystem::path folder = std::filesystem::absolute(config.output).parent_path();
  std::error_code refused;
  std::filesystem::create_directories(folder, refused);
  require<DataError>(!refused, "{}: cannot create this folder: {}", folder.string(), refused.message());
  const DatasetSplits data = load_dataset(config.dataset);
  const double peak = measure_gemm_peak();
  torch::manual_seed(config.seed);
  const std::shared_ptr<Network> network = make_network(config.network);
  check_fit(*network, config.network, data, config.dataset);
  const auto layers =
      describe_layers(*network, {1, data.train.channels, data.train.height, data.train.width});
  const std::filesystem::path resume = resume_file(config);
  std::optional<TrainingLog> log;
  if (!profile.empty()) {
    const bool resuming = std::filesystem::exists(resume);
    if (resuming) refuse_foreign_results(config, profile);
    log.emplace(profile, config, data.train.count / config.batch_size,
                resuming ? ResultsLog::Start::where_it_stopped : ResultsLog::Start::anew);
  }
  const std::vector<TrainingHook*> hooks = log ? log->hooks() : std::vector<TrainingHook*>{};
  const TrainingResult result = train(*network, data, config, resume, hooks, [&](const EpochReport& epoch) {
    if (log) log->add(epoch);
    say(fmt::format("epoch {:>3}/{}: loss {:.4f}, validation {:.2f} %, {:.0f} images/s", epoch.epoch + 1,
                    config.epochs, epoch.training_loss, 100 * epoch.validation_accuracy,
                    epoch.images_per_second));
  });
  if (log) {
    for (const EpochReport& epoch : result.epochs) log->add(epoch);  // also of a sitting without a profile
    log->finish();
  }
  TrainedNetwork trained;
  trained.weights = config.output;
  trained.report = report_file(config);
  trained.best_epoch = result.best_epoch + 1;
  trained.validation_accuracy = result.validation_accuracy;
  trained.images_per_second = result.images_per_second;
  trained.share_of_gemm_peak = result.images_per_second * training_operations(layers) / peak;
  load_checkpoint(*network, result.best);
  trained.test_accuracy = accuracy(*network, data, data.test, network->parameters().front().device());
  write_safetensors(config.output, result.best, {{"network", config.network}, {"dataset", config.dataset}});
  write_report(config, data, result, trained);
  std::filesystem::remove(resume);
  return trained;
}

}  // namespace adagrain
