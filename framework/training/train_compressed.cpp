#include "framework/training/train_compressed.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "framework/core/interrupt.h"
#include "framework/evaluation/batches.h"
#include "framework/evaluation/network_fit.h"
#include "framework/evaluation/torch_runtime.h"
#include "framework/profiling/observers/training_observer.h"
#include "framework/terminal/progress.h"
#include "framework/training/compression_aware.h"

namespace adagrain {

namespace {

// [training image, class]. Each image is shown once, as it is: asking again for every augmented copy would
// cost more than the training itself.
torch::Tensor teacher_logits(const Teacher& teacher, const DatasetSplits& data, torch::Device device) {
  const torch::NoGradGuard no_grad;
  const std::shared_ptr<Network> network = make_network(teacher.network);
  load_checkpoint(*network, teacher.weights);
  network->to(device);
  network->eval();
  Progress progress("teacher's outputs", data.train.count, "images");
  std::vector<torch::Tensor> all;
  for (std::int64_t first = 0; first < data.train.count; first += kInferenceBatch) {
    stop_if_interrupted("the training has not begun");
    const std::int64_t count = std::min(kInferenceBatch, data.train.count - first);
    all.push_back(network->forward(whole_batch(data, data.train, first, count).images.to(device)));
    progress.advance(count);
  }
  return torch::cat(all);
}

}  // namespace

CompressedTrainingResult train_compressed(const CompressedTraining& job,
                                          const std::filesystem::path& resume_file) {
  const DatasetSplits data = load_dataset(job.training.dataset);
  torch::manual_seed(job.training.seed);
  const std::shared_ptr<Network> network = make_network(job.training.network);
  check_fit(*network, job.training.network, data, job.training.dataset);
  if (!job.start.empty()) load_checkpoint(*network, job.start);
  const std::int64_t steps_per_epoch = EpochBatches(data, job.training, 0).count();
  const std::int64_t steps = steps_per_epoch * job.training.epochs;
  CompressionAwareOptions options{job.plan, job.rate_weight, steps, job.distillation, {}, job.evidence};
  if (job.distillation > 0) {
    options.teacher_logits = teacher_logits(job.teacher, data, resolve_device(job.training.device));
  }
  CompressionAwareTraining hook(*network, options, job.judge);
  std::vector<TrainingHook*> hooks = {&hook};
  std::optional<TrainingObserver> observer;
  if (job.profile != nullptr && job.training.profile_every > 0) {
    // Second, so that it sees the weights between their compression and their return.
    hooks.push_back(&observer.emplace(*job.profile, job.run, steps_per_epoch, job.training.profile_every));
  }
  const TrainingResult trained = train(*network, data, job.training, resume_file, hooks);
  CompressedTrainingResult result;
  result.seconds = trained.seconds;
  for (const EpochReport& epoch : trained.epochs) {
    result.epochs.push_back({epoch.learning_rate, epoch.training_loss, epoch.validation_accuracy});
  }
  return result;
}

}  // namespace adagrain
