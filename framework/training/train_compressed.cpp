#include "framework/training/train_compressed.h"

#include "framework/training/batches.h"
#include "framework/training/compression_aware.h"

namespace adagrain {

CompressedTrainingResult train_compressed(const CompressedTraining& job,
                                          const std::filesystem::path& resume_file) {
  const DatasetSplits data = Registry<Dataset>::create(job.training.dataset)->load();
  torch::manual_seed(job.training.seed);
  const std::shared_ptr<Network> network = make_network(job.training.network);
  if (!job.start.empty()) load_checkpoint(*network, job.start);
  const std::int64_t steps = EpochBatches(data, job.training, 0).count() * job.training.epochs;
  CompressionAwareOptions options{job.plan, job.rate_weight, steps, job.distillation, nullptr};
  if (job.distillation > 0) {
    options.teacher = make_network(job.training.network);
    load_checkpoint(*options.teacher, job.teacher);
  }
  CompressionAwareTraining hook(*network, options, job.judge);
  const TrainingResult trained = train(*network, data, job.training, resume_file, {&hook});
  CompressedTrainingResult result;
  result.seconds = trained.seconds;
  for (const EpochReport& epoch : trained.epochs) {
    result.epochs.push_back({epoch.learning_rate, epoch.training_loss, epoch.validation_accuracy});
  }
  return result;
}

}  // namespace adagrain
