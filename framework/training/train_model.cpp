#include "framework/training/train_model.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "framework/container/safetensors.h"
#include "framework/core/files.h"
#include "framework/evaluation/network_fit.h"
#include "framework/evaluation/torch_runtime.h"
#include "framework/profiling/observers/training_observer.h"
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

void write_report(const TrainingConfig& config, const TrainingResult& result, const TrainedNetwork& trained) {
  nlohmann::ordered_json report;
  report["network"] = config.network;
  report["dataset"] = config.dataset;
  report["recipe"] = config.text;
  report["seed"] = config.seed;
  report["best_epoch"] = trained.best_epoch;
  report["validation_accuracy"] = trained.validation_accuracy;
  report["test_accuracy"] = trained.test_accuracy;
  report["seconds"] = std::round(result.seconds);
  report["images_per_second"] = std::round(trained.images_per_second);
  report["share_of_gemm_peak"] = std::round(1000 * trained.share_of_gemm_peak) / 1000;
  write_file_atomically(trained.report, report.dump(2) + "\n");
}

// The results file of a training whose profile is wanted.
class TrainingLog {
 public:
  TrainingLog(const std::filesystem::path& path, const TrainingConfig& config, std::int64_t steps_per_epoch,
              bool resuming)
      : run_(config.output.stem().string()),
        file_(resuming && std::filesystem::exists(path) ? ResultsFile::open(path)
                                                        : ResultsFile::create(path)) {
    create_table<TrainingRow>(file_);
    if (config.profile_every > 0) observer_.emplace(file_, run_, steps_per_epoch, config.profile_every);
    file_.set_attribute("config", config.text);
    file_.set_provenance();
  }

  std::vector<TrainingHook*> hooks() {
    return observer_ ? std::vector<TrainingHook*>{&*observer_} : std::vector<TrainingHook*>{};
  }

  void add(const EpochReport& epoch) {
    TrainingRow row;
    row.run = run_;
    row.epoch = epoch.epoch;
    row.learning_rate = epoch.learning_rate;
    row.train_loss = epoch.training_loss;
    row.validation_accuracy = epoch.validation_accuracy;
    append(file_, row);
  }

  void finish() { file_.finish(); }

 private:
  std::string run_;
  ResultsFile file_;
  std::optional<TrainingObserver> observer_;  // none where the recipe turns it off
};

}  // namespace

std::filesystem::path report_file(const TrainingConfig& config) {
  return std::filesystem::path(config.output).replace_extension(".json");
}

std::filesystem::path resume_file(const TrainingConfig& config) {
  return config.output.string() + ".resume";
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
    log.emplace(profile, config, data.train.count / config.batch_size, std::filesystem::exists(resume));
  }
  const std::vector<TrainingHook*> hooks = log ? log->hooks() : std::vector<TrainingHook*>{};
  const TrainingResult result = train(*network, data, config, resume, hooks, [&](const EpochReport& epoch) {
    if (log) log->add(epoch);
    say(fmt::format("epoch {:>3}/{}: loss {:.4f}, validation {:.2f} %, {:.0f} images/s", epoch.epoch + 1,
                    config.epochs, epoch.training_loss, 100 * epoch.validation_accuracy,
                    epoch.images_per_second));
  });
  if (log) log->finish();
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
  write_report(config, result, trained);
  std::filesystem::remove(resume);
  return trained;
}

}  // namespace adagrain
