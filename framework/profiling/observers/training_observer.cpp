#include "framework/profiling/observers/training_observer.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.h"
#include "framework/profiling/observers/fisher.h"
#include "framework/profiling/observers/layer_weights.h"
#include "framework/report/schema.h"

namespace adagrain {

TrainingObserver::TrainingObserver(ResultsLog& log, std::string run, std::int64_t steps_per_epoch,
                                   std::int64_t every)
    : log_(log), run_(std::move(run)), steps_per_epoch_(steps_per_epoch), every_(every) {
  ensure(steps_per_epoch > 0 && every > 0, "training observer: {} steps an epoch, every {} steps",
         steps_per_epoch, every);
  for (const TrainingProfileRow& row : read_rows<TrainingProfileRow>(log_.content())) {
    if (row.run == run_) first_step_ = std::max(first_step_, row.step + 1);
  }
}

void TrainingObserver::before_forward(Network& network, const Batch& batch, std::int64_t step) {
  if (step % every_ != 0 || step < first_step_) return;
  activations_.emplace(network, ActivationObserver::Options{.images = kImages, .scales = true});
  const std::int64_t last = std::min(kImages, batch.images.size(0));
  images_ = batch.images.slice(0, 0, last);
  labels_ = batch.labels.slice(0, 0, last);
}

void TrainingObserver::after_backward(Network& network, std::int64_t step) {
  if (!activations_) return;
  const auto parameters = network.named_parameters();
  std::vector<TrainingProfileRow> rows;
  for (const std::string& layer : activations_->layers()) {
    const torch::Tensor& parameter = parameters[layer + ".weight"];
    const WeightStatistics weights =
        layer_weight_statistics(fmt::format("weights of layer '{}' at step {}", layer, step), parameter);
    TrainingProfileRow& row = rows.emplace_back();
    row.run = run_;
    row.step = step;
    row.epoch = step / steps_per_epoch_;
    row.layer = layer;
    row.depth = static_cast<std::int64_t>(rows.size()) - 1;
    row.weights = weights.values;
    row.activations = activations_->statistics(layer);
    row.channel_scale_spread = weights.channel_scale_spread;
    row.block_scale_spread = weights.block_scale_spread;
    row.activation_channel_scale_spread = activations_->scales(layer).channel_spread();
    row.activation_block_scale_spread = activations_->scales(layer).block_spread();
  }
  activations_.reset();
  const auto fisher = empirical_fisher(network, images_, labels_);
  for (TrainingProfileRow& row : rows)
    row.fisher_mean = fisher.at(row.layer).mean(torch::kDouble).item<double>();
  log_.append(rows_of(rows));  // a step as a whole, or not at all
}

}  // namespace adagrain
