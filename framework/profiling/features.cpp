#include "framework/profiling/features.h"

#include <algorithm>
#include <cmath>

namespace adagrain {

namespace {

constexpr double kTiny = 1e-30;

double logarithm(double value) {
  return std::log(std::max(value, kTiny));
}

double rows(const LayerProfile& profile) {
  return static_cast<double>(profile.layer.output_channels());
}

double count(const LayerProfile& profile) {
  return static_cast<double>(profile.layer.weight_count());
}

// Nats by which the loss would rise if the layer were deleted and the loss quadratic: what Fisher and scale
// say together, and the only one of the three that does not change when a neighbour absorbs a factor.
double deletion_cost(const LayerProfile& profile) {
  return profile.fisher_mean * profile.weights.rms * profile.weights.rms * count(profile) / 2;
}

double is(const LayerProfile& profile, Operation operation) {
  return profile.layer.operation == operation ? 1.0 : 0.0;
}

struct Feature {
  const char* name;
  double (*value)(const LayerProfile&);
};

using P = LayerProfile;

constexpr Feature kFeatures[] = {
    {"entropy", [](const P& p) { return p.weights.entropy_bits; }},
    {"sparsity", [](const P& p) { return p.weights.sparsity; }},
    {"exact sparsity", [](const P& p) { return p.weights.exact_sparsity; }},
    {"dynamic range", [](const P& p) { return p.weights.dynamic_range_db; }},
    {"log rms", [](const P& p) { return logarithm(p.weights.rms); }},
    {"log kurtosis", [](const P& p) { return logarithm(p.weights.kurtosis); }},
    {"skewness", [](const P& p) { return std::clamp(p.weights.skewness, -10.0, 10.0); }},
    {"channel scale spread", [](const P& p) { return p.channel_scale_spread; }},
    {"block scale spread", [](const P& p) { return p.block_scale_spread; }},
    {"activation entropy", [](const P& p) { return p.activations.entropy_bits; }},
    {"activation sparsity", [](const P& p) { return p.activations.exact_sparsity; }},
    {"activation dynamic range", [](const P& p) { return p.activations.dynamic_range_db; }},
    {"log activation rms", [](const P& p) { return logarithm(p.activations.rms); }},
    {"log activation kurtosis", [](const P& p) { return logarithm(p.activations.kurtosis); }},
    {"log fisher", [](const P& p) { return logarithm(p.fisher_mean); }},
    {"log deletion cost", [](const P& p) { return logarithm(deletion_cost(p)); }},
    {"log weights", [](const P& p) { return logarithm(count(p)); }},
    {"log rows", [](const P& p) { return logarithm(rows(p)); }},
    {"log columns", [](const P& p) { return logarithm(count(p) / std::max(rows(p), 1.0)); }},
    {"log macs per weight",
     [](const P& p) { return logarithm(static_cast<double>(p.layer.macs) / std::max(count(p), 1.0)); }},
    {"log parameter share", [](const P& p) { return logarithm(p.parameter_share); }},
    {"log mac share", [](const P& p) { return logarithm(p.mac_share); }},
    {"relative depth", [](const P& p) { return p.relative_depth; }},
    {"first", [](const P& p) { return p.relative_depth <= 0 ? 1.0 : 0.0; }},
    {"last", [](const P& p) { return p.relative_depth >= 1 ? 1.0 : 0.0; }},
    {"conv2d", [](const P& p) { return is(p, Operation::conv2d); }},
    {"depthwise conv2d", [](const P& p) { return is(p, Operation::depthwise_conv2d); }},
    {"linear", [](const P& p) { return is(p, Operation::linear); }},
};

}  // namespace

const std::vector<std::string>& layer_feature_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Feature& feature : kFeatures) all.emplace_back(feature.name);
    return all;
  }();
  return names;
}

std::vector<double> layer_features(const LayerProfile& profile) {
  std::vector<double> values;
  for (const Feature& feature : kFeatures) values.push_back(feature.value(profile));
  return values;
}

}  // namespace adagrain
