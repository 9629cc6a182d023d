#include "framework/evaluation/classifier.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "framework/container/safetensors.h"
#include "framework/core/project_root.h"
#include "framework/core/random.h"
#include "framework/core/registry.h"
#include "framework/evaluation/batches.h"
#include "framework/evaluation/bias_correction.h"
#include "framework/evaluation/network_fit.h"
#include "framework/evaluation/torch_runtime.h"
#include "framework/models/network.h"
#include "framework/profiling/observers/measure_profile.h"
#include "framework/profiling/observers/moment_observer.h"

namespace adagrain {

namespace {

// The float32 network's opinion of a split's images.
struct Reference {
  Evaluation evaluation;
  torch::Tensor log_probabilities;  // [images, classes]
};

}  // namespace

struct Classifier::State {
  ClassifierOptions options;
  DatasetSplits data;
  std::shared_ptr<Network> network;
  torch::Device device = torch::kCPU;
  Checkpoint checkpoint;
  std::vector<LayerDescription> layers;
  // [split][images looked at], measured when first asked for
  std::array<std::map<std::int64_t, Reference>, 3> references;

  const LabelledImages& images(Split split) const {
    return split == Split::train ? data.train : split == Split::validation ? data.validation : data.test;
  }

  torch::Tensor log_probabilities(const Batch& batch) {
    return torch::log_softmax(network->forward(batch.images.to(device)), 1).to(torch::kCPU);
  }

  Evaluation evaluate(Split split, std::int64_t count, const torch::Tensor* reference, torch::Tensor* keep);
  const Reference& reference(Split split, std::int64_t count);
  // Of the training split; a larger number begins with the same ones.
  Batch calibration_batch(std::int64_t images, std::uint64_t seed) const;
};

Batch Classifier::State::calibration_batch(std::int64_t images, std::uint64_t seed) const {
  std::vector<std::int64_t> order(static_cast<std::size_t>(data.train.count));
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(seed, "calibration images");
  random.shuffle(std::span(order));
  order.resize(static_cast<std::size_t>(std::min(images, data.train.count)));
  return gathered_batch(data, data.train, order);
}

Evaluation Classifier::State::evaluate(Split split, std::int64_t count, const torch::Tensor* reference,
                                       torch::Tensor* keep) {
  const torch::NoGradGuard no_grad;
  network->eval();
  Evaluation result;
  result.images = count;
  std::vector<torch::Tensor> kept;
  for (std::int64_t first = 0; first < count; first += kInferenceBatch) {
    const std::int64_t size = std::min(kInferenceBatch, count - first);
    const Batch batch = whole_batch(data, images(split), first, size);
    const torch::Tensor guess = log_probabilities(batch);
    const torch::Tensor right = guess.argmax(1).eq(batch.labels);
    result.accuracy += right.sum().item<double>();
    result.loss += torch::nll_loss(guess, batch.labels, {}, at::Reduction::Sum).item<double>();
    if (reference != nullptr) {
      const torch::Tensor truth = reference->narrow(0, first, size);
      result.divergence += (truth.exp() * (truth - guess)).sum().item<double>();
      result.discordant += truth.argmax(1).eq(batch.labels).ne(right).sum().item<double>();
    }
    if (keep != nullptr) kept.push_back(guess);
  }
  if (keep != nullptr) *keep = torch::cat(kept);
  const auto images_seen = static_cast<double>(count);
  result.accuracy /= images_seen;
  result.loss /= images_seen;
  result.divergence /= images_seen;
  result.discordant /= images_seen;
  return result;
}

const Reference& Classifier::State::reference(Split split, std::int64_t count) {
  const auto [place, fresh] = references[static_cast<std::size_t>(split)].try_emplace(count);
  if (fresh) {
    load_checkpoint(*network, checkpoint);
    place->second.evaluation = evaluate(split, count, nullptr, &place->second.log_probabilities);
  }
  return place->second;
}

std::filesystem::path ClassifierOptions::zoo_weights() const {
  return project_root() / "datasets/zoo" /
         fmt::format("{}_{}.safetensors", dataset_file_name(dataset), network);
}

std::vector<std::string> Classifier::networks() {
  return Registry<Network>::names();
}

Classifier::Classifier(const ClassifierOptions& options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->network = make_network(options.network);
  state_->device = resolve_device(options.device);
  state_->data = load_dataset(options.dataset);
  check_fit(*state_->network, options.network, state_->data, options.dataset);
  state_->checkpoint = read_safetensors(options.weights).tensors;
  try {
    load_checkpoint(*state_->network, state_->checkpoint);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{} does not fit network '{}': {}", options.weights.string(), options.network,
                                error.what()));
  }
  const LabelledImages& images = state_->data.train;
  state_->layers = describe_layers(*state_->network, {1, images.channels, images.height, images.width});
  state_->network->to(state_->device);
  // Evaluation is up to three quarters faster on channels_last weights.
  for (torch::Tensor& parameter : state_->network->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&&) noexcept = default;

const ClassifierOptions& Classifier::options() const {
  return state_->options;
}
const Checkpoint& Classifier::checkpoint() const {
  return state_->checkpoint;
}
const std::vector<LayerDescription>& Classifier::layers() const {
  return state_->layers;
}

Evaluation Classifier::evaluate(const Checkpoint& weights, Split split, std::int64_t limit) {
  const std::int64_t all = state_->images(split).count;
  const std::int64_t count = limit > 0 ? std::min(limit, all) : all;
  const torch::Tensor reference = state_->reference(split, count).log_probabilities;
  load_checkpoint(*state_->network, weights);
  return state_->evaluate(split, count, &reference, nullptr);
}

Evaluation Classifier::evaluate_reference(Split split, std::int64_t limit) {
  const std::int64_t all = state_->images(split).count;
  return state_->reference(split, limit > 0 ? std::min(limit, all) : all).evaluation;
}

ModelProfile Classifier::profile(const Checkpoint& weights, std::int64_t images, std::uint64_t seed) {
  load_checkpoint(*state_->network, weights);
  state_->network->eval();
  const Batch batch = state_->calibration_batch(images, seed);
  return measure_profile(*state_->network, state_->options.network, batch.images.to(state_->device),
                         batch.labels.to(state_->device));
}

std::map<std::string, InputMoments> Classifier::input_moments(const Checkpoint& weights, std::int64_t images,
                                                              std::uint64_t seed) {
  load_checkpoint(*state_->network, weights);
  const Batch batch = state_->calibration_batch(images, seed);
  std::map<std::string, InputMoments> of_layer = measure_input_moments(*state_->network, batch.images);
  std::map<std::string, InputMoments> of_weights;
  for (const LayerDescription& layer : state_->layers) {
    of_weights[layer.weight_name] = std::move(of_layer.at(layer.name));
  }
  return of_weights;
}

Checkpoint Classifier::correct_biases(const Checkpoint& original, const Checkpoint& decoded,
                                      std::int64_t images, std::uint64_t seed) {
  const Batch batch = state_->calibration_batch(images, seed);
  return adagrain::correct_biases(*state_->network, state_->layers, original, decoded,
                                  batch.images.to(state_->device));
}

}  // namespace adagrain
