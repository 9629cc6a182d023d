#include "framework/training/compression_aware.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "framework/compression/chain.h"
#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/container/grain_file.h"
#include "framework/core/error.h"

namespace adagrain {

namespace {

// Steps between two looks at the histograms.
constexpr std::int64_t kRefresh = 50;
// By how much the teacher's and the network's logits are divided before they are compared.
constexpr double kTemperature = 3;

std::span<const float> values_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

torch::Tensor shaped(const std::vector<float>& values, const torch::Tensor& like) {
  return torch::tensor(values).reshape(like.sizes());
}

// log2 of zeros to others, half a count added to each.
double zero_odds(std::int64_t others, std::int64_t total) {
  return std::log2((static_cast<double>(total - others) + 0.5) / (static_cast<double>(others) + 0.5));
}

void add_places(const LayerCode& code, LevelCosts& costs) {
  const auto rows = static_cast<std::size_t>(code.shape.rows),
             columns = static_cast<std::size_t>(code.shape.columns);
  std::vector<std::int64_t> in_row(rows), in_column(columns);
  std::int64_t all = 0;
  for (std::size_t i = 0; i < code.levels.size(); ++i) {
    if (code.levels[i] == 0) continue;
    ++in_row[i / columns];
    ++in_column[i % columns];
    ++all;
  }
  const double layer = zero_odds(all, code.shape.rows * code.shape.columns);
  for (const std::int64_t others : in_row) costs.row.push_back(zero_odds(others, code.shape.columns) - layer);
  for (const std::int64_t others : in_column)
    costs.column.push_back(zero_odds(others, code.shape.rows) - layer);
}

}  // namespace

LevelCosts level_costs(const LayerCode& code) {
  LevelCosts costs;
  if (!code.quantized || code.levels.empty()) return costs;
  const auto [lowest, highest] = std::minmax_element(code.levels.begin(), code.levels.end());
  costs.lowest = *lowest;
  costs.bits.assign(static_cast<std::size_t>(*highest - *lowest) + 1, 0.5);
  for (const std::int32_t level : code.levels) costs.bits[static_cast<std::size_t>(level - *lowest)] += 1;
  const double total = static_cast<double>(code.levels.size()) + 0.5 * static_cast<double>(costs.bits.size());
  for (double& bits : costs.bits) bits = std::log2(total / bits);
  if (code.zero_level.empty()) add_places(code, costs);
  return costs;
}

std::vector<float> rate_slope(std::span<const float> weights, const LayerCode& code, const LayerUnits& cut,
                              const LevelCosts& costs) {
  std::vector<float> slope(weights.size(), 0.0F);
  if (costs.bits.size() < 2) return slope;
  const double last = static_cast<double>(costs.bits.size()) - 1;
  const auto columns = static_cast<std::size_t>(std::max<std::int64_t>(1, code.shape.columns));
  std::vector<double> steps;  // [step unit]
  for (const std::uint8_t step_code : code.step_code) {
    steps.push_back(step_code == 0 ? 0.0 : step_of(code.largest_step, step_code));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::uint32_t unit = cut.step_units.of(i);
    const double step = steps[unit];
    // At zero itself both neighbours cost more; there is nowhere to go.
    if (step == 0 || weights[i] == 0) continue;
    const double zero = code.zero_level.empty() ? 0.0 : code.zero_level[unit];
    const double place = weights[i] / step + zero - costs.lowest;
    if (place < 0 || place >= last) continue;
    const auto below = static_cast<std::size_t>(place);
    double difference = costs.bits[below + 1] - costs.bits[below];
    const std::int64_t level = costs.lowest + static_cast<std::int64_t>(below);
    if (!costs.row.empty() && (level == 0 || level == -1)) {
      const double here = costs.row[i / columns] + costs.column[i % columns];
      difference += level == 0 ? here : -here;
    }
    slope[i] = static_cast<float>(difference / step);
  }
  return slope;
}

CompressionAwareTraining::CompressionAwareTraining(Network& network, const CompressionAwareOptions& options,
                                                   CompressedEpochJudge judge)
    : options_(options), judge_(std::move(judge)), plan_(options.plan) {
  require<ConfigError>(!plan_.layers.empty(), "compression-aware training: the plan names no layer");
  require<ConfigError>(options.rate_weight >= 0 && std::isfinite(options.rate_weight),
                       "compression-aware training: rate_weight is {}; allowed from 0", options.rate_weight);
  require<ConfigError>(options.distillation >= 0 && options.distillation <= 1,
                       "compression-aware training: distillation is {}; allowed 0..1", options.distillation);
  ensure(options.distillation == 0 || options.teacher_logits.defined(), "distillation without a teacher");
  const auto parameters = network.named_parameters();
  for (const auto& [name, candidate] : plan_.layers) {
    require<ConfigError>(parameters.contains(name),
                         "compression-aware training: the plan names '{}'; the network has {}", name,
                         fmt::join(parameters.keys(), ", "));
    check_candidate(candidate, "plan, " + name);
    Layer& layer = layers_[name];
    if (const auto known = options.evidence.find(name); known != options.evidence.end()) {
      layer.evidence = known->second;
    }
  }
}

Plan CompressionAwareTraining::scheduled_plan(std::int64_t step) const {
  if (settled(step)) return plan_;
  const double done = 3.0 * static_cast<double>(step) / static_cast<double>(options_.steps);
  Plan scheduled = plan_;
  for (auto& [name, candidate] : scheduled.layers) {
    for (const ChainStep& step : transforms_of(candidate))
      candidate.parameters = step.transform->eased(candidate.parameters, done);
  }
  return scheduled;
}

double CompressionAwareTraining::rate_weight(std::int64_t step) const {
  if (frozen(step)) return 0;
  return options_.rate_weight *
         std::min(1.0, 3.0 * static_cast<double>(step + 1) / static_cast<double>(options_.steps));
}

void CompressionAwareTraining::compress(Layer& layer, torch::Tensor& weight, const Candidate& candidate,
                                        std::int64_t step) {
  layer.shadow = weight.detach().to(torch::kCPU, torch::kFloat32).contiguous().clone();
  const LayerCode code =
      transform_layer(values_of(layer.shadow), weight.sizes().vec(), candidate, layer.evidence);
  const LayerUnits cut = cut_layer(candidate, code.shape);
  const torch::Tensor decoded = shaped(reconstruct(code, cut), weight);
  if (frozen(step) && loses(candidate) && !layer.kept.defined()) layer.kept = decoded.ne(0);
  layer.slope = torch::Tensor();
  if (rate_weight(step) > 0) {
    if (!layer.costs_known || step % kRefresh == 0) layer.costs = level_costs(code);
    layer.costs_known = true;
    layer.slope = shaped(rate_slope(values_of(layer.shadow), code, cut, layer.costs), weight);
  }
  weight.copy_(decoded);
}

void CompressionAwareTraining::before_forward(Network& network, const Batch& /*batch*/, std::int64_t step) {
  const torch::NoGradGuard no_grad;
  step_ = step;
  const Plan plan = scheduled_plan(step);
  auto parameters = network.named_parameters();
  for (auto& [name, layer] : layers_) compress(layer, parameters[name], plan.layers.at(name), step);
}

torch::Tensor CompressionAwareTraining::shape_loss(const torch::Tensor& loss, const Batch& batch,
                                                   const torch::Tensor& logits) {
  if (options_.distillation == 0) return loss;
  const torch::Tensor teacher =
      options_.teacher_logits.index_select(0, batch.numbers.to(options_.teacher_logits.device()));
  const torch::Tensor wanted = torch::softmax(teacher.to(logits.device()) / kTemperature, 1);
  // The squared temperature keeps the gradient's size (section 2 of the paper).
  const torch::Tensor divergence =
      torch::nn::functional::kl_div(torch::log_softmax(logits / kTemperature, 1), wanted,
                                    torch::nn::functional::KLDivFuncOptions().reduction(torch::kBatchMean));
  return (1 - options_.distillation) * loss +
         options_.distillation * kTemperature * kTemperature * divergence;
}

void CompressionAwareTraining::after_backward(Network& network, std::int64_t step) {
  const torch::NoGradGuard no_grad;
  auto parameters = network.named_parameters();
  for (auto& [name, layer] : layers_) {
    torch::Tensor& weight = parameters[name];
    weight.copy_(layer.shadow);
    torch::Tensor& gradient = weight.mutable_grad();
    if (layer.slope.defined()) gradient.add_(layer.slope.to(gradient.device()), rate_weight(step));
    if (layer.kept.defined()) gradient.mul_(layer.kept.to(gradient.device()));
  }
}

void CompressionAwareTraining::after_step(Network& network, std::int64_t) {
  // Momentum would wake what is to stay zero.
  const torch::NoGradGuard no_grad;
  auto parameters = network.named_parameters();
  for (auto& [name, layer] : layers_) {
    if (layer.kept.defined()) parameters[name].mul_(layer.kept.to(parameters[name].device()));
  }
}

void CompressionAwareTraining::before_validation(Network& network, int) {
  float_weights_ = read_checkpoint(network);
  const std::vector<std::uint8_t> bytes =
      encode_grain(float_weights_, scheduled_plan(step_), options_.evidence);
  load_checkpoint(network, GrainReader::parse(bytes, "the network's file").decode_all());
}

void CompressionAwareTraining::after_validation(Network& network, int epoch, double accuracy) {
  load_checkpoint(network, float_weights_);
  // A resumed training looks at its histograms anew, so the unbroken one does too.
  for (auto& [name, layer] : layers_) layer.costs_known = false;
  if (judge_) {
    const Plan next =
        judge_({epoch, std::move(float_weights_), scheduled_plan(step_), accuracy, settled(step_)});
    if (settled(step_)) {
      for (const auto& [name, candidate] : next.layers) {
        ensure(layers_.contains(name), "the judge's plan names '{}'", name);
      }
      ensure(next.layers.size() == layers_.size(), "the judge's plan leaves layers out");
      plan_ = next;
    }
  }
  float_weights_.clear();
}

std::vector<std::pair<std::string, torch::Tensor>> CompressionAwareTraining::state() {
  const std::string text = to_json(plan_);
  std::vector<std::pair<std::string, torch::Tensor>> all;
  all.emplace_back("plan", torch::tensor(std::vector<std::uint8_t>(text.begin(), text.end()), torch::kUInt8));
  for (const auto& [name, layer] : layers_) {
    all.emplace_back("kept." + name,
                     layer.kept.defined() ? layer.kept.to(torch::kUInt8) : torch::empty({0}, torch::kUInt8));
  }
  return all;
}

void CompressionAwareTraining::restore(const std::function<torch::Tensor(const std::string&)>& read) {
  const torch::Tensor bytes = read("plan").to(torch::kUInt8).contiguous();
  const auto* text = bytes.data_ptr<std::uint8_t>();
  const Plan plan = parse_plan(std::string(text, text + bytes.numel()), "training state");
  require<DataError>(plan.layers.size() == layers_.size() &&
                         std::all_of(plan.layers.begin(), plan.layers.end(),
                                     [&](const auto& item) { return layers_.contains(item.first); }),
                     "training state: its plan is for other layers; delete it to start anew");
  plan_ = plan;
  for (auto& [name, layer] : layers_) {
    const torch::Tensor kept = read("kept." + name);
    layer.kept = kept.numel() == 0 ? torch::Tensor() : kept.to(torch::kBool);
  }
}

}  // namespace adagrain
