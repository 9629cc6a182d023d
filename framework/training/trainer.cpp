#include "framework/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <sstream>

#include "framework/core/bytes.h"
#include "framework/core/checksum.h"
#include "framework/core/files.h"
#include "framework/core/interrupt.h"
#include "framework/evaluation/batches.h"
#include "framework/evaluation/torch_runtime.h"
#include "framework/terminal/progress.h"

namespace adagrain {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChecksumBytes = 4;  // at the end of a training's state

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

// One sitting or several: everything that changes from step to step.
class Training {
 public:
  Training(Network& network, const DatasetSplits& data, const TrainingConfig& config,
           const std::vector<TrainingHook*>& hooks)
      : network_(network),
        data_(data),
        config_(config),
        identity_(identity_of(config)),
        hooks_(hooks),
        device_(resolve_device(config.device)),
        steps_per_epoch_(EpochBatches(data, config, 0).count()) {
    require<ConfigError>(steps_per_epoch_ > 0, "training: batch_size is {}; allowed up to {} training images",
                         config.batch_size, data.train.count);
    identity_.add("data", checksum(data));
    network_.to(device_);
    // Convolutions are a quarter faster on channels_last weights.
    for (torch::Tensor& parameter : network_.parameters()) {
      if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
    optimizer_ = make_optimizer(config, network_);
  }

  int next_epoch() const { return static_cast<int>(result_.epochs.size()); }
  std::int64_t remaining_images() const {
    return ((config_.epochs - next_epoch()) * steps_per_epoch_ - started_epoch_.steps) * config_.batch_size;
  }

  EpochReport run_epoch(Progress& progress) {
    const int epoch = next_epoch();
    EpochReport report;
    report.epoch = epoch;
    optimise(epoch, progress);
    report.learning_rate = rate_at((epoch + 1) * steps_per_epoch_ - 1);
    report.training_loss = started_epoch_.loss_sum / static_cast<double>(steps_per_epoch_);
    report.images_per_second =
        static_cast<double>(steps_per_epoch_ * config_.batch_size) / started_epoch_.seconds;
    const Clock::time_point started = Clock::now();
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
    started_epoch_ = {};
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
  // Throws ConfigError when the file was written by another configuration, DataError when it is damaged.
  void load(const std::filesystem::path& file);

 private:
  // What there is of an epoch that is not finished.
  struct StartedEpoch {
    std::int64_t steps = 0;
    double loss_sum = 0, seconds = 0;
  };

  // Up as a line over the warm-up, down as half a cosine.
  double rate_at(std::int64_t step) const;
  // The rest of an epoch's steps.
  void optimise(int epoch, Progress& progress);
  void step(const Batch& batch, std::int64_t number);
  void restore(torch::serialize::InputArchive& archive);

  Network& network_;
  const DatasetSplits& data_;
  const TrainingConfig& config_;
  Identity identity_;
  const std::vector<TrainingHook*>& hooks_;
  torch::Device device_;
  std::int64_t steps_per_epoch_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  StartedEpoch started_epoch_;
  TrainingResult result_;
};

double Training::rate_at(std::int64_t step) const {
  const auto done = static_cast<double>(step);
  const auto steps = static_cast<double>(steps_per_epoch_ * config_.epochs);
  const double warmup = config_.warmup * steps;
  if (done < warmup) return config_.learning_rate * (done + 1) / warmup;
  const double share = (done - warmup) / std::max(1.0, steps - warmup);
  return config_.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * share));
}

void Training::optimise(int epoch, Progress& progress) {
  const EpochBatches batches(data_, config_, epoch);
  network_.train();
  while (started_epoch_.steps < steps_per_epoch_) {
    stop_if_interrupted("everything up to this step is kept; run the same command to go on");
    const Clock::time_point started = Clock::now();
    const std::int64_t number = epoch * steps_per_epoch_ + started_epoch_.steps;
    for (auto& group : optimizer_->param_groups()) group.options().set_lr(rate_at(number));
    step(batches.batch(started_epoch_.steps), number);
    ++started_epoch_.steps;
    const double seconds = seconds_since(started);
    started_epoch_.seconds += seconds;
    result_.seconds += seconds;
    progress.advance(config_.batch_size,
                     fmt::format("epoch {}, loss {:.3f}", epoch + 1,
                                 started_epoch_.loss_sum / static_cast<double>(started_epoch_.steps)));
  }
}

void Training::step(const Batch& batch, std::int64_t number) {
  const auto options =
      torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(config_.label_smoothing);
  for (TrainingHook* hook : hooks_) hook->before_forward(network_, batch, number);
  optimizer_->zero_grad();
  const torch::Tensor logits = network_.forward(batch.images.to(device_));
  torch::Tensor loss = torch::nn::functional::cross_entropy(logits, batch.labels.to(device_), options);
  for (TrainingHook* hook : hooks_) loss = hook->shape_loss(loss, batch, logits);
  const auto value = loss.item<double>();
  require<DataError>(std::isfinite(value),
                     "training has diverged: the loss of update {} is {}; a lower learning_rate may help",
                     number, value);
  loss.backward();
  for (auto hook = hooks_.rbegin(); hook != hooks_.rend(); ++hook) (*hook)->after_backward(network_, number);
  optimizer_->step();
  for (TrainingHook* hook : hooks_) hook->after_step(network_, number);
  started_epoch_.loss_sum += value;
}

// LibTorch's archive, and behind it a CRC-32 of it, little-endian: an archive with a flipped bit may load.
// Its first entry says which training it belongs to.
void Training::save(const std::filesystem::path& file) const {
  torch::serialize::OutputArchive archive;
  archive.write("identity", c10::IValue(identity_.text()));
  torch::serialize::OutputArchive network, optimizer;
  network_.save(network);
  optimizer_->save(optimizer);
  archive.write("network", network);
  archive.write("optimizer", optimizer);
  std::vector<double> numbers = {result_.validation_accuracy,
                                 static_cast<double>(result_.best_epoch),
                                 result_.seconds,
                                 static_cast<double>(started_epoch_.steps),
                                 started_epoch_.loss_sum,
                                 started_epoch_.seconds};
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
  const std::string text = std::move(stream).str();
  Bytes bytes(text.begin(), text.end());
  append_little_endian(bytes, crc32(bytes));
  write_file_atomically(file, bytes);
}

void Training::load(const std::filesystem::path& file) {
  const Bytes bytes = read_file(file);
  const std::size_t size = bytes.size() - std::min(kChecksumBytes, bytes.size());
  require<DataError>(size > 0 && load_little_endian<std::uint32_t>(bytes.data() + size) ==
                                     crc32(std::span(bytes).first(size)),
                     "{}: is damaged, its checksum does not fit; delete it to start anew", file.string());
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(reinterpret_cast<const char*>(bytes.data()), size);
    restore(archive);
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("{}: belongs to another training: {}; delete it to start anew",
                                  file.string(), error.what()));
  } catch (const std::exception& error) {  // LibTorch throws many types; all of them mean a damaged file
    const std::string text = error.what();
    throw DataError(fmt::format("{}: not a training state of this network; delete it to start anew ({})",
                                file.string(), text.substr(0, text.find('\n'))));
  }
}

void Training::restore(torch::serialize::InputArchive& archive) {
  c10::IValue stored;
  archive.read("identity", stored);
  const std::string difference = identity_.difference_from(Identity::parse(stored.toStringRef()));
  if (!difference.empty()) throw ConfigError(difference);
  result_.best = read_checkpoint(network_);  // names and shapes
  torch::serialize::InputArchive network, optimizer;
  archive.read("network", network);
  archive.read("optimizer", optimizer);
  network_.load(network);
  optimizer_->load(optimizer);
  const Checkpoint loaded = read_checkpoint(network_);
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    require<DataError>(loaded[i].shape == result_.best[i].shape, "tensor '{}' has another shape",
                       loaded[i].name);
  }
  torch::Tensor table;
  archive.read("numbers", table);
  constexpr std::int64_t kHead = 6, kPerEpoch = 5;
  require<DataError>(table.dim() == 1 && table.numel() >= kHead && (table.numel() - kHead) % kPerEpoch == 0,
                     "its numbers are damaged");
  const double* numbers = table.data_ptr<double>();
  result_.validation_accuracy = numbers[0];
  result_.best_epoch = static_cast<int>(numbers[1]);
  result_.seconds = numbers[2];
  started_epoch_ = {static_cast<std::int64_t>(numbers[3]), numbers[4], numbers[5]};
  for (const double* row = numbers + kHead; row != numbers + table.numel(); row += kPerEpoch) {
    result_.epochs.push_back({static_cast<int>(row[0]), row[1], row[2], row[3], row[4]});
  }
  for (Tensor& tensor : result_.best) {
    if (result_.epochs.empty()) break;  // nothing was judged yet
    torch::Tensor values;
    archive.read("best." + tensor.name, values);
    require<DataError>(values.sizes().vec() == tensor.shape, "tensor 'best.{}' has another shape",
                       tensor.name);
    tensor.values.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  }
  for (std::size_t i = 0; i < hooks_.size(); ++i) {
    hooks_[i]->restore([&](const std::string& name) {
      torch::Tensor tensor;
      archive.read(fmt::format("hook{}.{}", i, name), tensor);
      return tensor;
    });
  }
}

}  // namespace

double accuracy(Network& network, const DatasetSplits& data, const LabelledImages& images,
                torch::Device device) {
  const torch::NoGradGuard no_grad;
  network.eval();
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < images.count; first += kInferenceBatch) {
    const Batch batch = whole_batch(data, images, first, std::min(kInferenceBatch, images.count - first));
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
    training.load(resume_file);
  } else if (!resume_file.empty()) {
    training.save(resume_file);  // a place that cannot be written is known before the work, not after it
  }
  Progress progress("training " + config.network, training.remaining_images(), "images");
  while (training.next_epoch() < config.epochs) {
    try {
      const EpochReport report = training.run_epoch(progress);
      if (on_epoch) on_epoch(report);
      if (!resume_file.empty()) training.save(resume_file);
    } catch (const Interrupted&) {
      if (!resume_file.empty()) training.save(resume_file);
      throw;
    }
  }
  return training.finish();
}

}  // namespace adagrain
