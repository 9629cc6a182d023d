#include "framework/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <sstream>

#include "framework/core/files.h"
#include "framework/core/interrupt.h"
#include "framework/core/progress.h"
#include "framework/training/batches.h"
#include "framework/training/torch_runtime.h"

namespace adagrain {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const TrainingConfig& config, Network& network) {
  if (config.optimizer == "adamw") {
    return std::make_unique<torch::optim::AdamW>(
        network.parameters(),
        torch::optim::AdamWOptions(config.learning_rate).weight_decay(config.weight_decay));
  }
  return std::make_unique<torch::optim::SGD>(network.parameters(),
                                             torch::optim::SGDOptions(config.learning_rate)
                                                 .momentum(0.9)
                                                 .nesterov(true)
                                                 .weight_decay(config.weight_decay));
}

double scheduled_rate(const TrainingConfig& config, std::int64_t step, std::int64_t steps) {
  const double warmup = config.warmup * static_cast<double>(steps);
  const auto done = static_cast<double>(step);
  if (done < warmup) return config.learning_rate * (done + 1) / warmup;
  const double share = (done - warmup) / std::max(1.0, static_cast<double>(steps) - warmup);
  return config.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * share));
}

// One sitting or several: everything that changes from step to step.
class Training {
 public:
  Training(Network& network, const DatasetSplits& data, const TrainingConfig& config,
           const std::vector<TrainingHook*>& hooks)
      : network_(network),
        data_(data),
        config_(config),
        hooks_(hooks),
        device_(resolve_device(config.device)),
        steps_per_epoch_(EpochBatches(data, config, 0).count()) {
    require<ConfigError>(steps_per_epoch_ > 0, "training: batch_size is {}; allowed up to {} training images",
                         config.batch_size, data.train.count);
    network_.to(device_);
    // Convolutions are a quarter faster on channels_last weights.
    for (torch::Tensor& parameter : network_.parameters()) {
      if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
    optimizer_ = make_optimizer(config, network_);
  }

  int next_epoch() const { return static_cast<int>(result_.epochs.size()); }

  EpochReport run_epoch(Progress& progress) {
    const int epoch = next_epoch();
    const Clock::time_point started = Clock::now();
    EpochReport report;
    report.epoch = epoch;
    report.training_loss = optimise(epoch, progress, report.learning_rate);
    const double training_seconds = seconds_since(started);
    report.images_per_second = static_cast<double>(steps_per_epoch_ * config_.batch_size) / training_seconds;
    for (TrainingHook* hook : hooks_) hook->before_validation(network_, epoch);
    report.validation_accuracy = accuracy(network_, data_, data_.validation, device_);
    if (result_.epochs.empty() || report.validation_accuracy > result_.validation_accuracy) {
      result_.validation_accuracy = report.validation_accuracy;
      result_.best_epoch = epoch;
      result_.best = read_checkpoint(network_);
    }
    for (TrainingHook* hook : hooks_) hook->after_validation(network_, epoch, report.validation_accuracy);
    result_.seconds += seconds_since(started);
    result_.epochs.push_back(report);
    return report;
  }

  TrainingResult finish() {
    std::vector<double> speeds;
    for (const EpochReport& epoch : result_.epochs) speeds.push_back(epoch.images_per_second);
    std::nth_element(speeds.begin(), speeds.begin() + static_cast<std::ptrdiff_t>(speeds.size() / 2),
                     speeds.end());
    result_.images_per_second = speeds.empty() ? 0 : speeds[speeds.size() / 2];
    return std::move(result_);
  }

  void save(const std::filesystem::path& file) const;
  // False when the file was written by another configuration.
  bool load(const std::filesystem::path& file);

 private:
  double optimise(int epoch, Progress& progress, double& rate);

  Network& network_;
  const DatasetSplits& data_;
  const TrainingConfig& config_;
  const std::vector<TrainingHook*>& hooks_;
  torch::Device device_;
  std::int64_t steps_per_epoch_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  TrainingResult result_;
};

double Training::optimise(int epoch, Progress& progress, double& rate) {
  const EpochBatches batches(data_, config_, epoch);
  const auto loss_options =
      torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(config_.label_smoothing);
  double loss_sum = 0;
  network_.train();
  for (std::int64_t index = 0; index < steps_per_epoch_; ++index) {
    stop_if_interrupted("the last finished epoch is kept; run the same command to go on");
    const std::int64_t step = epoch * steps_per_epoch_ + index;
    rate = scheduled_rate(config_, step, steps_per_epoch_ * config_.epochs);
    for (auto& group : optimizer_->param_groups()) group.options().set_lr(rate);
    const Batch batch = batches.batch(index);
    for (TrainingHook* hook : hooks_) hook->before_forward(network_, step);
    optimizer_->zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(
        network_.forward(batch.images.to(device_)), batch.labels.to(device_), loss_options);
    loss.backward();
    for (TrainingHook* hook : hooks_) hook->after_backward(network_, step);
    optimizer_->step();
    for (TrainingHook* hook : hooks_) hook->after_step(network_, step);
    loss_sum += loss.item<double>();
    progress.advance(config_.batch_size,
                     fmt::format("epoch {}, loss {:.3f}", epoch + 1, loss.item<double>()));
  }
  return loss_sum / static_cast<double>(steps_per_epoch_);
}

// The archive's format is LibTorch's; its first entry says which configuration it belongs to.
void Training::save(const std::filesystem::path& file) const {
  torch::serialize::OutputArchive archive;
  archive.write("configuration", c10::IValue(config_.text));
  torch::serialize::OutputArchive network, optimizer;
  network_.save(network);
  optimizer_->save(optimizer);
  archive.write("network", network);
  archive.write("optimizer", optimizer);
  std::vector<double> numbers = {result_.validation_accuracy, static_cast<double>(result_.best_epoch),
                                 result_.seconds};
  for (const EpochReport& epoch : result_.epochs) {
    numbers.insert(numbers.end(), {static_cast<double>(epoch.epoch), epoch.learning_rate, epoch.training_loss,
                                   epoch.validation_accuracy, epoch.images_per_second});
  }
  archive.write("numbers", torch::tensor(numbers, torch::kDouble));
  for (const Tensor& tensor : result_.best) {
    archive.write("best." + tensor.name, torch::tensor(tensor.values).reshape(tensor.shape));
  }
  for (std::size_t i = 0; i < hooks_.size(); ++i) {
    for (const auto& [name, tensor] : hooks_[i]->state())
      archive.write(fmt::format("hook{}.{}", i, name), tensor);
  }
  std::ostringstream stream;
  archive.save_to(stream);
  write_file_atomically(file, stream.str());
}

bool Training::load(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  torch::serialize::InputArchive archive;
  try {
    archive.load_from(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    c10::IValue configuration;
    archive.read("configuration", configuration);
    if (configuration.toStringRef() != config_.text) return false;
    torch::serialize::InputArchive network, optimizer;
    archive.read("network", network);
    archive.read("optimizer", optimizer);
    network_.load(network);
    optimizer_->load(optimizer);
    torch::Tensor table;
    archive.read("numbers", table);
    const double* numbers = table.data_ptr<double>();
    result_.validation_accuracy = numbers[0];
    result_.best_epoch = static_cast<int>(numbers[1]);
    result_.seconds = numbers[2];
    for (std::int64_t i = 3; i + 5 <= table.numel(); i += 5) {
      result_.epochs.push_back(
          {static_cast<int>(numbers[i]), numbers[i + 1], numbers[i + 2], numbers[i + 3], numbers[i + 4]});
    }
    result_.best = read_checkpoint(network_);
    for (Tensor& tensor : result_.best) {
      torch::Tensor values;
      archive.read("best." + tensor.name, values);
      tensor.values.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
    }
    for (std::size_t i = 0; i < hooks_.size(); ++i) {
      hooks_[i]->restore([&](const std::string& name) {
        torch::Tensor tensor;
        archive.read(fmt::format("hook{}.{}", i, name), tensor);
        return tensor;
      });
    }
  } catch (const c10::Error& error) {
    throw DataError(fmt::format("{}: not a training state of this network; delete it to start anew ({})",
                                file.string(), error.what_without_backtrace()));
  }
  return true;
}

}  // namespace

double accuracy(Network& network, const DatasetSplits& data, const LabelledImages& images,
                torch::Device device) {
  constexpr std::int64_t kBatch = 500;
  const torch::NoGradGuard no_grad;
  network.eval();
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < images.count; first += kBatch) {
    const Batch batch = whole_batch(data, images, first, std::min(kBatch, images.count - first));
    const torch::Tensor guess = network.forward(batch.images.to(device)).argmax(1);
    right += guess.eq(batch.labels.to(device)).sum().item<std::int64_t>();
  }
  return static_cast<double>(right) / static_cast<double>(images.count);
}

TrainingResult train(Network& network, const DatasetSplits& data, const TrainingConfig& config,
                     const std::filesystem::path& resume_file, const std::vector<TrainingHook*>& hooks,
                     const std::function<void(const EpochReport&)>& on_epoch) {
  Training training(network, data, config, hooks);
  if (!resume_file.empty() && std::filesystem::exists(resume_file)) {
    require<ConfigError>(training.load(resume_file),
                         "{}: belongs to another configuration; delete it to start anew",
                         resume_file.string());
  }
  const int remaining = config.epochs - training.next_epoch();
  Progress progress("training " + config.network,
                    remaining * data.train.count / config.batch_size * config.batch_size, "images");
  while (training.next_epoch() < config.epochs) {
    const EpochReport report = training.run_epoch(progress);
    if (!resume_file.empty()) training.save(resume_file);
    if (on_epoch) on_epoch(report);
  }
  return training.finish();
}

}  // namespace adagrain
