#include "policies/training/train_learned.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

#include "policies/candidate_features.h"

namespace adagrain {

namespace {

// Below, float32 sums over images are noise.
constexpr double kLeastDivergence = 1e-7;

// Divergences that budgets touch count most.
double relevance(double divergence) {
  if (divergence < 1e-4) return 0.3;
  return divergence < 0.3 ? 1.0 : 0.5;
}

struct Design {
  Eigen::MatrixXd features;  // [features, samples]
  Eigen::VectorXd target;    // ln KL - ln predicted damage
  Eigen::VectorXd weight;
  std::vector<std::size_t> network;  // [sample]
};

Design make_design(const PolicyDataset& dataset) {
  // Twins that decode to the same weights would only repeat themselves.
  std::set<std::tuple<std::size_t, std::size_t, double, double, double>> seen;
  std::vector<const Sample*> used;
  std::vector<double> per_network(dataset.networks.size(), 0);
  for (const Sample& sample : dataset.samples) {
    const LayerProfile& layer = dataset.networks[sample.network].profile.layers[sample.layer];
    if (!(sample.divergence > kLeastDivergence) || !(predicted_damage(layer, sample.priced) > 0)) continue;
    if (!seen.emplace(sample.network, sample.layer, sample.priced.squared_error, sample.priced.fisher_error,
                      sample.priced.sparsity)
             .second) {
      continue;
    }
    used.push_back(&sample);
    ++per_network[sample.network];
  }
  require<DataError>(used.size() >= 32, "train-policy: {} usable measurements; at least 32 are needed",
                     used.size());
  const auto rows = static_cast<Eigen::Index>(candidate_feature_names().size());
  const auto columns = static_cast<Eigen::Index>(used.size());
  Design design{Eigen::MatrixXd(rows, columns), Eigen::VectorXd(columns), Eigen::VectorXd(columns), {}};
  for (Eigen::Index column = 0; column < columns; ++column) {
    const Sample& sample = *used[static_cast<std::size_t>(column)];
    const ModelProfile& profile = dataset.networks[sample.network].profile;
    const std::vector<double> features = candidate_features(profile, sample.layer, sample.priced);
    ensure(static_cast<Eigen::Index>(features.size()) == rows, "{} features with {} names", features.size(),
           rows);
    design.features.col(column) = Eigen::Map<const Eigen::VectorXd>(features.data(), rows);
    design.target[column] =
        std::log(sample.divergence) - std::log(predicted_damage(profile.layers[sample.layer], sample.priced));
    // A network with four times the layers counts twice, not four times.
    design.weight[column] = relevance(sample.divergence) / std::sqrt(per_network[sample.network]);
    design.network.push_back(sample.network);
  }
  require<DataError>(design.features.allFinite(), "train-policy: a feature in the ledger is not finite");
  return design;
}

double quantile(Eigen::VectorXd values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<Eigen::Index>(share * static_cast<double>(values.size() - 1))];
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t place = 0; place < order.size(); ++place) rank[order[place]] = static_cast<double>(place);
  return rank;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto x = Eigen::Map<const Eigen::VectorXd>(a.data(), static_cast<Eigen::Index>(a.size())).array();
  const auto y = Eigen::Map<const Eigen::VectorXd>(b.data(), static_cast<Eigen::Index>(b.size())).array();
  const Eigen::ArrayXd dx = x - x.mean(), dy = y - y.mean();
  const double scale = std::sqrt((dx * dx).sum() * (dy * dy).sum());
  return scale > 0 ? (dx * dy).sum() / scale : 0;
}

double r_squared(const std::vector<double>& truth, const std::vector<double>& guess) {
  const auto y =
      Eigen::Map<const Eigen::VectorXd>(truth.data(), static_cast<Eigen::Index>(truth.size())).array();
  const auto g =
      Eigen::Map<const Eigen::VectorXd>(guess.data(), static_cast<Eigen::Index>(guess.size())).array();
  const double variance = (y - y.mean()).square().sum();
  return variance > 0 ? 1 - (y - g).square().sum() / variance : 0;
}

// Six decimals: the saved file is half as long, and what was judged is exactly what is saved.
void round_weights(Mlp& mlp) {
  const auto rounded = [](double value) { return std::round(value * 1e6) / 1e6; };
  for (Mlp::Layer& layer : mlp.layers) {
    layer.weights = layer.weights.unaryExpr(rounded);
    layer.biases = layer.biases.unaryExpr(rounded);
  }
}

PolicyDataset filter(const PolicyDataset& dataset, const std::string& group, bool wanted) {
  PolicyDataset part;
  std::vector<std::size_t> target(dataset.networks.size(), SIZE_MAX);
  for (std::size_t network = 0; network < dataset.networks.size(); ++network) {
    if ((dataset.networks[network].group == group) != wanted) continue;
    target[network] = part.networks.size();
    part.networks.push_back(dataset.networks[network]);
  }
  for (Sample sample : dataset.samples) {
    if (target[sample.network] == SIZE_MAX) continue;
    sample.network = target[sample.network];
    part.samples.push_back(std::move(sample));
  }
  return part;
}

}  // namespace

PolicyDataset with_group(const PolicyDataset& dataset, const std::string& group) {
  return filter(dataset, group, true);
}

PolicyDataset without_group(const PolicyDataset& dataset, const std::string& group) {
  return filter(dataset, group, false);
}

DamageModel train_damage_model(const PolicyDataset& dataset, const LearnedTraining& training) {
  const Design design = make_design(dataset);
  DamageModel model;
  model.features = candidate_feature_names();
  model.caution = training.caution;
  model.mean = design.features.rowwise().mean();
  const Eigen::MatrixXd centred = design.features.colwise() - model.mean;
  model.scale = (centred.rowwise().squaredNorm() / static_cast<double>(centred.cols())).cwiseSqrt();
  // A feature that never varied says nothing: its standardised value is held to 0.
  for (double& scale : model.scale) scale = scale > 1e-9 ? scale : 1.0;
  const Eigen::MatrixXd inputs = centred.array().colwise() / model.scale.array();
  model.lowest = inputs.rowwise().minCoeff();
  model.highest = inputs.rowwise().maxCoeff();
  model.least_correction = quantile(design.target, 0.002);
  model.most_correction = quantile(design.target, 0.998);
  for (int member = 0; member < training.members; ++member) {
    const std::uint64_t seed = training.seed * 1000 + static_cast<std::uint64_t>(member);
    // Bayesian bootstrap over networks (Rubin, 1981): exponential weights, so that no network drops out
    // wholly.
    RandomStream random(seed, "policies/bootstrap");
    std::vector<double> share;
    for (std::size_t network = 0; network < dataset.networks.size(); ++network) {
      share.push_back(-std::log(1 - random.uniform()));
    }
    Eigen::VectorXd weight = design.weight;
    for (Eigen::Index sample = 0; sample < weight.size(); ++sample) {
      weight[sample] *= share[design.network[static_cast<std::size_t>(sample)]];
    }
    model.members.push_back(train_mlp(inputs, design.target, weight / weight.mean(), training.mlp, seed));
    round_weights(model.members.back());
  }
  return model;
}

PredictionQuality prediction_quality(const DamageModel& model, const PolicyDataset& dataset) {
  std::vector<double> truth, guess, fisher;
  for (const Sample& sample : dataset.samples) {
    if (sample.divergence < 1e-5 || sample.divergence > 1) continue;
    const ModelProfile& profile = dataset.networks[sample.network].profile;
    const double damage = predicted_damage(profile.layers[sample.layer], sample.priced);
    if (!(damage > 0)) continue;
    truth.push_back(std::log(sample.divergence));
    guess.push_back(std::log(model.divergence(profile, sample.layer, {sample.priced}).front()));
    fisher.push_back(std::log(damage));
  }
  if (truth.size() < 2) return {truth.size(), 0, 0, 0};
  return {truth.size(), r_squared(truth, guess), correlation(ranks(truth), ranks(guess)),
          r_squared(truth, fisher)};
}

}  // namespace adagrain
