#include "policies/damage_model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/core/error.h"
#include "framework/core/strict_json.h"
#include "policies/candidate_features.h"

namespace adagrain {

namespace {

using Json = nlohmann::json;

std::vector<double> to_vector(const Eigen::VectorXd& values) {
  return {values.data(), values.data() + values.size()};
}

Eigen::VectorXd vector_of(const Json& json, const char* key, Eigen::Index size, const std::string& where) {
  const auto values = json.at(key).get<std::vector<double>>();
  require<DataError>(static_cast<Eigen::Index>(values.size()) == size,
                     "{}: {} has {} values; {} are expected", where, key, values.size(), size);
  return Eigen::Map<const Eigen::VectorXd>(values.data(), size);
}

}  // namespace

Eigen::VectorXd DamageModel::correction(const Eigen::MatrixXd& raw) const {
  Eigen::MatrixXd inputs = (raw.colwise() - mean).array().colwise() / scale.array();
  for (Eigen::Index sample = 0; sample < inputs.cols(); ++sample) {
    inputs.col(sample) = inputs.col(sample).cwiseMax(lowest).cwiseMin(highest);
  }
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(raw.cols()), squares = sum;
  for (const Mlp& member : members) {
    const Eigen::VectorXd output = member(inputs);
    sum += output;
    squares += output.cwiseAbs2();
  }
  const auto count = static_cast<double>(members.size());
  const Eigen::VectorXd average = sum / count;
  const Eigen::VectorXd deviation = (squares / count - average.cwiseAbs2()).cwiseMax(0).cwiseSqrt();
  return (average + caution * deviation).cwiseMax(least_correction).cwiseMin(most_correction);
}

std::vector<double> DamageModel::divergence(const ModelProfile& profile, std::size_t layer,
                                            const std::vector<PricedCandidate>& candidates) const {
  const LayerProfile& own = profile.layers.at(layer);
  require<DataError>(has_fisher(profile),
                     "learned policy: '{}' was profiled without data; profile it with images", profile.model);
  Eigen::MatrixXd raw(static_cast<Eigen::Index>(features.size()),
                      static_cast<Eigen::Index>(candidates.size()));
  for (std::size_t index = 0; index < candidates.size(); ++index) {
    const std::vector<double> values = candidate_features(profile, layer, candidates[index]);
    raw.col(static_cast<Eigen::Index>(index)) = Eigen::Map<const Eigen::VectorXd>(values.data(), raw.rows());
  }
  const Eigen::VectorXd corrections = correction(raw);
  std::vector<double> result;
  for (std::size_t index = 0; index < candidates.size(); ++index) {
    result.push_back(predicted_damage(own, candidates[index]) *
                     std::exp(corrections[static_cast<Eigen::Index>(index)]));
  }
  return result;
}

std::string to_json(const DamageModel& model) {
  Json members = Json::array();
  for (const Mlp& member : model.members) members.push_back(to_json(member));
  const Json json = {{"features", model.features},
                     {"mean", to_vector(model.mean)},
                     {"scale", to_vector(model.scale)},
                     {"lowest", to_vector(model.lowest)},
                     {"highest", to_vector(model.highest)},
                     {"least_correction", model.least_correction},
                     {"most_correction", model.most_correction},
                     {"caution", model.caution},
                     {"members", members}};
  return json.dump() + "\n";
}

DamageModel parse_damage_model(const std::string& text, const std::string& where) {
  const Json json = parse_json<DataError>(text, where, "a trained policy", 16);
  try {
    DamageModel model;
    model.features = json.at("features").get<std::vector<std::string>>();
    require<DataError>(model.features == candidate_feature_names(),
                       "{}: was trained on other features than this build computes; run train-policy again",
                       where);
    const auto count = static_cast<Eigen::Index>(model.features.size());
    model.mean = vector_of(json, "mean", count, where);
    model.scale = vector_of(json, "scale", count, where);
    model.lowest = vector_of(json, "lowest", count, where);
    model.highest = vector_of(json, "highest", count, where);
    require<DataError>(model.scale.minCoeff() > 0, "{}: scale must be positive", where);
    model.least_correction = json.at("least_correction").get<double>();
    model.most_correction = json.at("most_correction").get<double>();
    model.caution = json.at("caution").get<double>();
    for (const Json& member : json.at("members")) model.members.push_back(parse_mlp(member, count, where));
    require<DataError>(!model.members.empty(), "{}: holds no network", where);
    return model;
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("{}: not a trained policy: {}", where, json_reason(error)));
  }
}

}  // namespace adagrain
