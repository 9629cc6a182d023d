#include "framework/search/pricing.h"

#include <algorithm>
#include <numeric>

#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/compression/transforms/column_sweep.h"
#include "framework/core/checkpoint.h"
#include "framework/core/error.h"
#include "framework/core/interrupt.h"
#include "framework/core/parallel.h"

namespace adagrain {

Pricer::Pricer(const Checkpoint& checkpoint, const ModelProfile& profile,
               std::map<std::string, InputFactor> input_factors)
    : profile_(profile), input_factors_(std::move(input_factors)) {
  for (const LayerProfile& layer : profile.layers) {
    const Tensor* found = find_tensor(checkpoint, layer.layer.weight_name);
    ensure(found != nullptr, "pricing: the checkpoint has no tensor '{}'", layer.layer.weight_name);
    weights_.push_back(found);
    const auto factor = input_factors_.find(layer.layer.weight_name);
    evidence_[layer.layer.weight_name] =
        LayerEvidence{layer.fisher, factor == input_factors_.end() ? nullptr : &factor->second};
  }
}

// Errors that make up for each other hurt less than their squares say. To second order the loss grows by
// sum over rows of g d H d^T / 2, with g the mean squared gradient at the row's output: Fisher_ij = g_i H_jj
// where gradients and inputs are independent (Martens and Grosse, K-FAC, 2015), so g_i = sum_j Fisher_ij /
// trace(H).
double Pricer::compensated_error(std::size_t layer, const std::vector<float>& decoded) const {
  const Tensor& tensor = *weights_[layer];
  const InputFactor& factor = *evidence_.at(tensor.name).input_factor;
  const std::vector<float>& fisher = profile_.layers[layer].fisher;
  const MatrixShape shape = matrix_shape(tensor.shape);
  const std::vector<double> row_damage = output_damage(tensor.values, decoded, shape, factor);
  double error = 0;
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const double power = factor.power[static_cast<std::size_t>(row / (shape.rows / factor.groups))];
    const auto first = fisher.begin() + row * shape.columns;
    const double row_fisher = std::accumulate(first, first + shape.columns, 0.0);
    if (power > 0) error += row_fisher / power * row_damage[static_cast<std::size_t>(row)] / 2;
  }
  return error;
}

PricedCandidate Pricer::price(std::size_t layer, const Candidate& candidate) const {
  const Tensor& tensor = *weights_[layer];
  const std::vector<float>& fisher = profile_.layers[layer].fisher;
  const double fisher_mean = profile_.layers[layer].fisher_mean;
  PricedCandidate priced;
  priced.candidate = candidate;
  const LayerCode code = transform_layer(tensor.values, tensor.shape, candidate, evidence_.at(tensor.name));
  priced.bytes = encode_layer(code, tensor.shape, candidate).payload.size();
  // What decode_layer would give, without decoding: a search prices thousands of candidates.
  const std::vector<float> decoded = reconstruct(code, cut_layer(candidate, code.shape));
  const auto columns = static_cast<std::size_t>(matrix_shape(tensor.shape).columns);
  std::size_t zeros = 0;
  double row_sum = 0;
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const double error = static_cast<double>(decoded[i]) - tensor.values[i];
    priced.squared_error += error * error;
    priced.projection += error * tensor.values[i];
    row_sum += error;
    if ((i + 1) % columns == 0) {
      priced.row_error += row_sum * row_sum;
      row_sum = 0;
    }
    if (!fisher.empty()) priced.fisher_error += (fisher[i] + fisher_mean) / 2 * error * error / 2;
    zeros += decoded[i] == 0;
  }
  if (!fisher.empty() && needs_moments(candidate)) priced.fisher_error = compensated_error(layer, decoded);
  priced.sparsity = decoded.empty() ? 0 : static_cast<double>(zeros) / static_cast<double>(decoded.size());
  return priced;
}

LayerPrice Pricer::layer_price(const std::string& weight_name, const Candidate& candidate) {
  const auto [place, fresh] = layer_prices_.try_emplace({weight_name, candidate});
  if (fresh) {
    const auto layer = std::find_if(weights_.begin(), weights_.end(),
                                    [&](const Tensor* tensor) { return tensor->name == weight_name; });
    ensure(layer != weights_.end(), "pricing: no layer has weights '{}'", weight_name);
    const auto index = static_cast<std::size_t>(layer - weights_.begin());
    const PricedCandidate priced = price(index, candidate);
    place->second = {priced.bytes, judged_error(priced, has_fisher(profile_))};
  }
  return place->second;
}

CandidateTable Pricer::table(const CandidateSpace& space, int threads) const {
  CandidateTable table(weights_.size());
  std::vector<std::pair<std::size_t, std::size_t>> work;  // (layer, place in its row)
  for (std::size_t layer = 0; layer < table.size(); ++layer) {
    for (Candidate& candidate : enumerate_candidates(space, profile_.layers[layer])) {
      work.emplace_back(layer, table[layer].size());
      table[layer].push_back({std::move(candidate)});
    }
  }
  parallel_for(work.size(), threads, [&](std::size_t index) {
    stop_if_interrupted("finished work is kept");
    PricedCandidate& entry = table[work[index].first][work[index].second];
    entry = price(work[index].first, entry.candidate);
  });
  for (auto& row : table) {
    std::stable_sort(row.begin(), row.end(), [](const PricedCandidate& left, const PricedCandidate& right) {
      return left.bytes > right.bytes;
    });
  }
  return table;
}

}  // namespace adagrain
