#include "policies/candidate_features.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "framework/profiling/features.h"

namespace adagrain {

namespace {

constexpr double kTiny = 1e-30;
constexpr double kEvenShare = 0.01;

// A ReLU network computes the same when one layer is multiplied by a factor that the next one divides out,
// and the same relative errors hurt it the same. These features change nevertheless; what is left of them
// when the factor cancels is in the deletion cost.
constexpr std::string_view kScaled[] = {"log rms", "log fisher", "log activation rms"};

double logarithm(double value) {
  return std::log(std::max(value, kTiny));
}

double energy(const LayerProfile& profile) {
  return profile.weights.rms * profile.weights.rms * static_cast<double>(profile.layer.weight_count());
}

// Predicted loss increase of deleting the layer, were the loss quadratic; nats.
double curvature(const LayerProfile& profile) {
  return profile.fisher_mean * energy(profile) / 2;
}

// Square of the mean of the layer's inputs against their variance.
double input_bias(const LayerProfile& profile) {
  const ValueStatistics& inputs = profile.activations;
  return inputs.mean * inputs.mean / std::max(inputs.standard_deviation * inputs.standard_deviation, kTiny);
}

struct Feature {
  std::string name;
  double value;
};

void add_place_in_network(const ModelProfile& profile, const LayerProfile& own,
                          std::vector<Feature>& features) {
  double total = 0;
  for (const LayerProfile& other : profile.layers) total += curvature(other);
  features.insert(features.end(), {{"log curvature share", logarithm(curvature(own)) - logarithm(total)},
                                   {"log network curvature", logarithm(total)},
                                   {"log layers", logarithm(static_cast<double>(profile.layers.size()))}});
}

void add_candidate(const LayerProfile& own, const PricedCandidate& priced, std::vector<Feature>& features) {
  const Candidate& candidate = priced.candidate;
  const auto rate_weight = candidate.parameters.find("rate_weight");
  const double damage = predicted_damage(own, priced);
  features.insert(
      features.end(),
      {{"log relative error", logarithm(priced.squared_error / std::max(energy(own), kTiny))},
       {"log predicted damage", logarithm(damage)},
       // Whether the error falls on the weights that matter.
       {"log error alignment", logarithm(damage) - logarithm(own.fisher_mean * priced.squared_error / 2)},
       // By how much the channels' outputs shift rather than blur; 0 for errors independent of each other.
       {"log row alignment", logarithm(std::max(priced.row_error, 1e-3 * priced.squared_error) /
                                       std::max(priced.squared_error, kTiny))},
       {"log shift to blur",
        std::log1p(input_bias(own) * priced.row_error / std::max(priced.squared_error, kTiny))},
       {"energy lost", -priced.projection / std::max(energy(own), kTiny)},
       {"weight alignment",
        priced.projection * priced.projection / std::max(priced.squared_error * energy(own), kTiny)},
       {"sparsity after", priced.sparsity},
       {"pruned", prunes(candidate) ? 1.0 : 0.0},
       {"quantized", chooses_levels(candidate) ? 1.0 : 0.0},
       {"by block", candidate.granularity == "block" ? 1.0 : 0.0},
       {"by feature map", candidate.granularity == "feature_map" ? 1.0 : 0.0},
       {"rate weight", rate_weight == candidate.parameters.end() ? 0.0 : rate_weight->second}});
}

std::vector<Feature> all_features(const ModelProfile& profile, std::size_t layer,
                                  const PricedCandidate& priced) {
  const LayerProfile& own = profile.layers.at(layer);
  std::vector<Feature> features;
  const std::vector<double> values = layer_features(own);
  for (std::size_t index = 0; index < values.size(); ++index) {
    const std::string& name = layer_feature_names()[index];
    if (std::find(std::begin(kScaled), std::end(kScaled), name) == std::end(kScaled)) {
      features.push_back({name, values[index]});
    }
  }
  add_place_in_network(profile, own, features);
  add_candidate(own, priced, features);
  return features;
}

}  // namespace

double predicted_damage(const LayerProfile& profile, const PricedCandidate& priced) {
  return priced.fisher_error + kEvenShare * profile.fisher_mean * priced.squared_error / 2;
}

std::vector<std::string> candidate_feature_names() {
  ModelProfile blank{"", std::vector<LayerProfile>(1)};
  blank.layers[0].layer.weight_shape = {1, 1};
  std::vector<std::string> names;
  for (const Feature& feature : all_features(blank, 0, {})) names.push_back(feature.name);
  return names;
}

std::vector<double> candidate_features(const ModelProfile& profile, std::size_t layer,
                                       const PricedCandidate& priced) {
  std::vector<double> values;
  for (const Feature& feature : all_features(profile, layer, priced)) values.push_back(feature.value);
  return values;
}

}  // namespace adagrain
