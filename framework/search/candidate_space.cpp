#include "framework/search/candidate_space.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/compression/transforms/column_sweep.h"
#include "framework/core/checkpoint.h"
#include "framework/core/interrupt.h"
#include "framework/core/parallel.h"

namespace adagrain {

namespace {

// Absolute steps are the same numbers for every layer of every network, so that plans with one step exist.
std::vector<double> step_ladder(int steps_per_octave, double rms, double coarsest) {
  std::vector<double> steps;
  if (steps_per_octave == 0 || !(rms > 0)) return steps;
  const auto rung = [&](double step) {
    return static_cast<int>(std::lround(steps_per_octave * std::log2(step)));
  };
  for (int k = rung(rms / 16); k <= rung(rms * coarsest); ++k) {
    steps.push_back(std::exp2(static_cast<double>(k) / steps_per_octave));
  }
  return steps;
}

// The coarsest steps worth pricing, in rms of the layer. Plain rounding leaves next to nothing beyond; behind
// compensation the few levels left still carry what the others lost.
constexpr double kCoarsestPlain = 3, kCoarsestCompensated = 8;

class Enumeration {
 public:
  Enumeration(const CandidateSpace& space, const LayerProfile& profile) : space_(space), profile_(profile) {
    for (const std::string& granularity : space.granularities) {
      for (const std::string& scheme : space.schemes) {
        add_sparsities(Candidate{granularity, parse_scheme(scheme), {}});
      }
    }
  }

  std::vector<Candidate> take() { return {found_.begin(), found_.end()}; }

 private:
  void add_sparsities(const Candidate& candidate) {
    if (!candidate.has("prune")) return add_blocks(candidate);
    if (candidate.granularity == "layer") return;  // it could only delete the layer
    for (const double sparsity : space_.sparsities) {
      const Candidate pruned = with(candidate, "sparsity", sparsity);
      for (const std::string& saliency : space_.saliencies)
        add_blocks(saliency == "sensitivity" ? with(pruned, "saliency", 1) : pruned);
    }
  }

  void add_blocks(const Candidate& candidate) {
    if (candidate.granularity != "block") return add_precisions(candidate);
    for (const int columns : space_.block_columns) {
      const Candidate wide = with(candidate, "block_columns", columns);
      for (const int rows : space_.block_rows)
        add_precisions(rows == 1 ? wide : with(wide, "block_rows", rows));
    }
  }

  void add_precisions(const Candidate& candidate) {
    if (!candidate.has("quantize")) {
      found_.insert(candidate);
      return;
    }
    for (const int bits : space_.bits) found_.insert(with(candidate, "bits", bits));
    // Pruning already says which weights go to zero: neither steps nor zero levels add to it.
    if (candidate.has("prune")) return;
    if (!candidate.has("ans")) return add_asymmetric(candidate);
    // Behind a coder one absolute step is near optimal and finer scales only cost bytes: steps are the
    // element's.
    if (candidate.granularity == "element") add_steps(candidate);
  }

  void add_asymmetric(const Candidate& candidate) {
    if (!space_.asymmetric) return;
    for (const int bits : space_.bits) found_.insert(with(with(candidate, "bits", bits), "symmetric", 0));
  }

  void add_steps(const Candidate& candidate) {
    const double coarsest = candidate.has("compensate") ? kCoarsestCompensated : kCoarsestPlain;
    for (const double step : step_ladder(space_.steps_per_octave, profile_.weights.rms, coarsest)) {
      found_.insert(with(candidate, "step", step));
      if (candidate.has("compensate")) continue;  // rounding is not its last word
      for (const double weight : space_.rate_weights) {
        found_.insert(with(with(candidate, "step", step), "rate_weight", weight));
      }
    }
  }

  static Candidate with(Candidate candidate, const char* name, double value) {
    candidate.parameters[name] = value;
    return candidate;
  }

  const CandidateSpace& space_;
  const LayerProfile& profile_;
  std::set<Candidate> found_;
};

}  // namespace

CandidateSpace read_candidate_space(const Config& config) {
  CandidateSpace space;
  space.granularities = config.distinct("granularities", space.granularities);
  space.schemes = config.distinct("schemes", space.schemes);
  space.bits = config.distinct("bits", space.bits, {1, 8});
  space.sparsities = config.distinct("sparsities", space.sparsities, {0.01, 0.999});
  space.saliencies = config.distinct("saliencies", space.saliencies);
  for (const std::string& saliency : space.saliencies) {
    if (saliency != "magnitude" && saliency != "sensitivity")
      config.fail("saliencies", fmt::format("names '{}'; allowed: magnitude, sensitivity", saliency));
  }
  space.block_rows = config.distinct("block_rows", space.block_rows, {1, 65535});
  space.block_columns = config.distinct("block_columns", space.block_columns, {1, 65535});
  if (config.has("rate_weights"))
    space.rate_weights = config.distinct("rate_weights", space.rate_weights, {0.001, 10});
  space.steps_per_octave = config.get("steps_per_octave", space.steps_per_octave, {0, 16});
  space.asymmetric = config.get("asymmetric", space.asymmetric);
  config.finish();
  for (const std::string& granularity : space.granularities) {
    for (const std::string& scheme : space.schemes) {
      Candidate candidate{granularity, parse_scheme(scheme), {}};
      if (granularity == "layer" && candidate.has("prune")) continue;
      check_candidate(candidate, config.where("schemes"));
    }
  }
  return space;
}

bool compensates(const CandidateSpace& space) {
  return std::any_of(space.schemes.begin(), space.schemes.end(), [](const std::string& scheme) {
    return Candidate{"", parse_scheme(scheme), {}}.has("compensate");
  });
}

std::vector<Candidate> enumerate_candidates(const CandidateSpace& space, const LayerProfile& profile) {
  return Enumeration(space, profile).take();
}

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
  if (!fisher.empty() && candidate.has("compensate")) priced.fisher_error = compensated_error(layer, decoded);
  priced.sparsity = decoded.empty() ? 0 : static_cast<double>(zeros) / static_cast<double>(decoded.size());
  return priced;
}

LayerPrice Pricer::ladder_price(const std::string& weight_name, const Candidate& candidate) {
  const auto [place, fresh] = ladder_prices_.try_emplace({weight_name, candidate});
  if (fresh) {
    const auto layer = std::find_if(weights_.begin(), weights_.end(),
                                    [&](const Tensor* tensor) { return tensor->name == weight_name; });
    ensure(layer != weights_.end(), "pricing: no layer has weights '{}'", weight_name);
    const auto index = static_cast<std::size_t>(layer - weights_.begin());
    const PricedCandidate priced = price(index, candidate);
    const bool informed = !profile_.layers[index].fisher.empty();
    place->second = {priced.bytes, informed ? priced.fisher_error : priced.squared_error};
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
