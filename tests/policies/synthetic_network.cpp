#include "tests/policies/synthetic_network.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/core/random.h"
#include "framework/search/outcome.h"

namespace adagrain {

namespace {

std::vector<double> draw_weights(const SyntheticLayer& layer, RandomStream& random) {
  std::vector<double> weights;
  double energy = 0;
  for (std::int64_t i = 0; i < layer.weights; ++i) {
    const double x = random.normal();
    weights.push_back(std::copysign(std::pow(std::abs(x), layer.heaviness), x));
    energy += weights.back() * weights.back();
  }
  const double scale = layer.rms / std::sqrt(energy / static_cast<double>(layer.weights));
  for (double& weight : weights) weight *= scale;
  return weights;
}

double entropy_bits(std::vector<long> levels) {
  std::sort(levels.begin(), levels.end());
  double bits = 0;
  for (auto run = levels.begin(); run != levels.end();) {
    const auto end = std::upper_bound(run, levels.end(), *run);
    const auto count = static_cast<double>(end - run);
    bits -= count * std::log2(count / static_cast<double>(levels.size()));
    run = end;
  }
  return bits;
}

class LayerPricer {
 public:
  LayerPricer(const SyntheticLayer& layer, std::vector<double> weights)
      : layer_(layer), weights_(std::move(weights)) {}

  PricedCandidate price(const Candidate& candidate) const {
    PricedCandidate result;
    result.candidate = candidate;
    std::vector<double> kept = pruned(candidate);
    double bits = 32.0 * static_cast<double>(kept.size());
    if (!candidate.has("quantize")) {
      const auto zeros = std::count(kept.begin(), kept.end(), 0.0);
      if (candidate.has("ans"))
        bits = 26.0 * static_cast<double>(kept.size() - static_cast<std::size_t>(zeros));
    } else {
      bits = quantise(candidate, kept);
    }
    std::size_t zeros = 0;
    double row_sum = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      row_sum += kept[i] - weights_[i];
      result.projection += (kept[i] - weights_[i]) * weights_[i];
      result.squared_error += (kept[i] - weights_[i]) * (kept[i] - weights_[i]);
      zeros += kept[i] == 0;
    }
    result.row_error = row_sum * row_sum;
    result.fisher_error = layer_.fisher * result.squared_error / 2;
    result.sparsity = static_cast<double>(zeros) / static_cast<double>(kept.size());
    result.bytes = static_cast<std::uint64_t>(std::ceil(bits / 8)) + 12;
    return result;
  }

 private:
  std::size_t unit_size(const std::string& granularity) const {
    if (granularity == "block") return 64;
    if (granularity == "feature_map") return std::max<std::size_t>(1, weights_.size() / 16);
    return weights_.size();
  }

  std::vector<double> pruned(const Candidate& candidate) const {
    std::vector<double> kept = weights_;
    if (!candidate.has("prune")) return kept;
    const std::size_t size = candidate.granularity == "element" ? 1 : unit_size(candidate.granularity);
    std::vector<std::pair<double, std::size_t>> energy;  // of a unit, its start
    for (std::size_t start = 0; start < kept.size(); start += size) {
      double sum = 0;
      for (std::size_t i = start; i < std::min(start + size, kept.size()); ++i) sum += kept[i] * kept[i];
      energy.emplace_back(sum, start);
    }
    std::sort(energy.begin(), energy.end());
    const auto dead =
        static_cast<std::size_t>(candidate.parameters.at("sparsity") * static_cast<double>(energy.size()));
    for (std::size_t unit = 0; unit < dead; ++unit) {
      const std::size_t start = energy[unit].second;
      std::fill(kept.begin() + static_cast<long>(start),
                kept.begin() + static_cast<long>(std::min(start + size, kept.size())), 0.0);
    }
    return kept;
  }

  // Rounds in place; returns the coded bits.
  double quantise(const Candidate& candidate, std::vector<double>& kept) const {
    std::vector<long> levels(kept.size());
    const std::size_t size = unit_size(candidate.granularity);
    double side_bits = 0, width = 0;
    for (std::size_t start = 0; start < kept.size(); start += size) {
      const std::size_t end = std::min(start + size, kept.size());
      double step = 1;
      if (candidate.parameters.contains("step")) {
        step = candidate.parameters.at("step");
      } else {
        width = candidate.parameters.at("bits");
        double absmax = 1e-9;
        for (std::size_t i = start; i < end; ++i) absmax = std::max(absmax, std::abs(kept[i]));
        step = 2 * absmax / (std::exp2(width) - (width > 1 ? 1 : 0));
      }
      side_bits += 16;
      for (std::size_t i = start; i < end; ++i) {
        levels[i] = std::lround(kept[i] / step);
        kept[i] = static_cast<double>(levels[i]) * step;
      }
    }
    const double fixed = (width > 0 ? width : 8) * static_cast<double>(kept.size());
    return side_bits + (candidate.has("ans") ? std::min(entropy_bits(levels) + 64, fixed) : fixed);
  }

  SyntheticLayer layer_;
  std::vector<double> weights_;
};

std::vector<Candidate> candidate_space(double rms) {
  std::vector<Candidate> all;
  for (const std::string granularity : {"element", "block", "feature_map", "layer"}) {
    all.push_back({granularity, {"ans"}, {}});
    for (int bits = 1; bits <= 8; ++bits) {
      all.push_back({granularity, {"quantize"}, {{"bits", bits}}});
      all.push_back({granularity, {"quantize", "ans"}, {{"bits", bits}}});
    }
    if (granularity != "layer") {
      for (const double sparsity : {0.3, 0.5, 0.7, 0.9}) {
        all.push_back({granularity, {"prune"}, {{"sparsity", sparsity}}});
        all.push_back({granularity, {"prune", "ans"}, {{"sparsity", sparsity}}});
        for (const int bits : {2, 4, 6}) {
          all.push_back(
              {granularity, {"prune", "quantize", "ans"}, {{"bits", bits}, {"sparsity", sparsity}}});
        }
      }
    }
    if (granularity == "element" || granularity == "layer") {
      for (int k = static_cast<int>(std::lround(4 * std::log2(rms / 64)));
           k <= std::lround(4 * std::log2(rms * 4)); ++k) {
        all.push_back({granularity, {"quantize", "ans"}, {{"step", std::exp2(k / 4.0)}}});
      }
    }
  }
  return all;
}

}  // namespace

namespace {

std::size_t place(const SyntheticNetwork& network, std::size_t layer, const Plan& plan) {
  const Candidate& wanted = plan.layers.at(network.profile.layers[layer].layer.weight_name);
  const auto& row = network.candidates[layer];
  const auto found =
      std::find_if(row.begin(), row.end(), [&](const auto& one) { return one.candidate == wanted; });
  ensure(found != row.end(), "the plan names a candidate that is not in the table");
  return static_cast<std::size_t>(found - row.begin());
}

}  // namespace

double SyntheticNetwork::true_divergence(std::size_t layer, std::size_t candidate) const {
  const PricedCandidate& entry = candidates[layer][candidate];
  const ValueStatistics& weights = profile.layers[layer].weights;
  const double relative =
      entry.squared_error / (weights.rms * weights.rms * static_cast<double>(weights.count));
  return (layer == 0 ? 2 : 1) * entry.fisher_error * std::exp(3 * relative);
}

double SyntheticNetwork::true_divergence(const Plan& plan) const {
  double sum = 0;
  for (std::size_t layer = 0; layer < candidates.size(); ++layer) {
    sum += true_divergence(layer, place(*this, layer, plan));
  }
  return sum;
}

std::uint64_t SyntheticNetwork::plan_bytes(const Plan& plan) const {
  std::uint64_t bytes = 0;
  for (std::size_t layer = 0; layer < candidates.size(); ++layer) {
    bytes += candidates[layer][place(*this, layer, plan)].bytes;
  }
  return bytes;
}

PolicyInput SyntheticNetwork::input(std::uint64_t seed) const {
  const auto evaluate = [this](const Plan& plan) {
    Outcome outcome;
    outcome.file_bytes = plan_bytes(plan);
    outcome.divergence = true_divergence(plan);
    return outcome;
  };
  return PolicyInput{profile, candidates, evaluate, seed};
}

SyntheticNetwork make_synthetic_network(const std::vector<SyntheticLayer>& layers, std::uint64_t seed) {
  RandomStream random(seed, "synthetic network");
  SyntheticNetwork network;
  network.profile.model = "synthetic";
  double total = 0;
  for (const SyntheticLayer& layer : layers) total += static_cast<double>(layer.weights);
  for (std::size_t index = 0; index < layers.size(); ++index) {
    const SyntheticLayer& layer = layers[index];
    const std::vector<double> weights = draw_weights(layer, random);
    LayerProfile profile;
    profile.layer.name = "layer" + std::to_string(index);
    profile.layer.weight_name = profile.layer.name + ".weight";
    profile.layer.weight_shape = {16, std::max<std::int64_t>(1, layer.weights / 16)};
    profile.layer.depth = static_cast<std::int64_t>(index);
    profile.layer.macs = layer.weights;
    profile.weights.count = layer.weights;
    for (const double weight : weights)
      profile.weights.absmax = std::max(profile.weights.absmax, std::abs(weight));
    std::vector<long> codes;
    for (const double weight : weights) {
      codes.push_back(std::lround(weight / profile.weights.absmax * 127));
      profile.weights.sparsity += codes.back() == 0;
      profile.weights.kurtosis += std::pow(weight / layer.rms, 4);
    }
    profile.weights.sparsity /= static_cast<double>(layer.weights);
    profile.weights.kurtosis /= static_cast<double>(layer.weights);
    profile.weights.entropy_bits = entropy_bits(codes) / static_cast<double>(layer.weights);
    profile.weights.rms = profile.weights.standard_deviation = layer.rms;
    profile.weights.minimum = -profile.weights.absmax;
    profile.weights.maximum = profile.weights.absmax;
    profile.weights.dynamic_range_db = 20 * std::log10(profile.weights.absmax / layer.rms);
    profile.parameter_share = profile.mac_share = static_cast<double>(layer.weights) / total;
    profile.relative_depth =
        layers.size() < 2 ? 0 : static_cast<double>(index) / static_cast<double>(layers.size() - 1);
    profile.fisher_mean = layer.fisher;
    network.profile.layers.push_back(profile);

    const LayerPricer pricer(layer, weights);
    auto& row = network.candidates.emplace_back();
    for (const Candidate& candidate : candidate_space(layer.rms)) row.push_back(pricer.price(candidate));
    std::stable_sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  }
  return network;
}

const SyntheticNetwork& mixed_network(std::uint64_t seed) {
  static std::map<std::uint64_t, SyntheticNetwork> made;
  const auto [place, fresh] = made.try_emplace(seed);
  if (fresh) {
    place->second = make_synthetic_network({{400, 0.3, 0.5, 1},
                                            {6000, 0.08, 0.02, 1.5},
                                            {3000, 0.1, 0.05, 1},
                                            {1600, 0.05, 0.1, 3},
                                            {160, 0.2, 2, 1}},
                                           seed);
  }
  return place->second;
}

SyntheticDataset make_synthetic_dataset(int networks, std::uint64_t seed) {
  SyntheticDataset made;
  RandomStream random(seed, "synthetic dataset");
  for (int index = 0; index < networks; ++index) {
    std::vector<SyntheticLayer> layers(3 + random.below(4));
    for (SyntheticLayer& layer : layers) {
      layer.weights = 200 + static_cast<std::int64_t>(random.below(3000));
      layer.rms = 0.03 * std::exp2(4 * random.uniform());
      layer.fisher = 0.02 * std::exp2(5 * random.uniform());
      layer.heaviness = 1 + random.uniform();
    }
    made.networks.push_back(make_synthetic_network(layers, seed * 100 + static_cast<std::uint64_t>(index)));
    const SyntheticNetwork& network = made.networks.back();
    const std::string id = "net" + std::to_string(index);
    made.dataset.networks.push_back({id, id, network.profile});
    for (std::size_t layer = 0; layer < network.candidates.size(); ++layer) {
      const auto& row = network.candidates[layer];
      std::vector<std::uint32_t> picked = sample_layer(row, 64, seed, id + std::to_string(layer));
      for (std::uint32_t other = 0; other < row.size(); ++other) {
        if (row[other].squared_error == 0) picked.push_back(other);
      }
      for (const std::uint32_t candidate : picked) {
        made.dataset.samples.push_back({static_cast<std::size_t>(index), layer, row[candidate],
                                        network.true_divergence(layer, candidate), 0});
      }
    }
  }
  return made;
}

PricedCandidate priced(const std::string& granularity, const std::vector<std::string>& scheme,
                       const Parameters& parameters, std::uint64_t bytes, double error) {
  PricedCandidate result;
  result.candidate = {granularity, scheme, parameters};
  result.bytes = bytes;
  result.squared_error = result.fisher_error = error;
  return result;
}

}  // namespace adagrain
