#include "framework/profiling/observers/training_observer.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.h"
#include "framework/profiling/statistics.h"
#include "framework/report/schema.h"

namespace adagrain {

TrainingObserver::TrainingObserver(ResultsFile& file, std::string run, std::int64_t steps_per_epoch,
                                   std::int64_t every)
    : file_(file), run_(std::move(run)), steps_per_epoch_(steps_per_epoch), every_(every) {
  ensure(steps_per_epoch > 0 && every > 0, "training observer: {} steps an epoch, every {} steps",
         steps_per_epoch, every);
  create_table<TrainingProfileRow>(file_);
  for (const TrainingProfileRow& row : read_rows<TrainingProfileRow>(file_)) {
    if (row.run == run_) first_step_ = std::max(first_step_, row.step + 1);
  }
}

void TrainingObserver::before_forward(Network& network, std::int64_t step) {
  if (step % every_ == 0 && step >= first_step_) {
    activations_.emplace(network, ActivationObserver::Options{.images = kImages});
  }
}

void TrainingObserver::after_backward(Network& network, std::int64_t step) {
  if (!activations_) return;
  const auto parameters = network.named_parameters();
  std::vector<TrainingProfileRow> rows;
  for (const std::string& layer : activations_->layers()) {
    const torch::Tensor& parameter = parameters[layer + ".weight"];
    torch::Tensor weight = parameter.detach().to(torch::kCPU, torch::kFloat32);
    // Only values count here, not channels: memory is read as it lies.
    if (!weight.is_non_overlapping_and_dense()) weight = weight.contiguous();
    ValueAccumulator weights(fmt::format("weights of layer '{}' at step {}", layer, step));
    weights.add({weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel())}, at::get_num_threads());
    TrainingProfileRow& row = rows.emplace_back();
    row.run = run_;
    row.step = step;
    row.epoch = step / steps_per_epoch_;
    row.layer = layer;
    row.depth = static_cast<std::int64_t>(rows.size()) - 1;
    row.weights = weights.statistics();
    row.activations = activations_->statistics(layer);
    if (parameter.grad().defined()) {
      row.gradient_mean_square = parameter.grad().square().mean().item<double>();
    }
  }
  activations_.reset();
  append_all(file_, rows);
}

}  // namespace adagrain
