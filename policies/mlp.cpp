#include "policies/mlp.h"

#include <nlohmann/json.hpp>

#include "framework/core/error.h"

namespace adagrain {

using Json = nlohmann::json;

Eigen::VectorXd Mlp::operator()(const Eigen::MatrixXd& batch) const {
  Eigen::MatrixXd values = batch;
  for (std::size_t index = 0; index < layers.size(); ++index) {
    Eigen::MatrixXd sums = layers[index].weights * values;
    sums.colwise() += layers[index].biases;
    values = index + 1 < layers.size() ? Eigen::MatrixXd(sums.array().tanh()) : sums;
  }
  return values.row(0).transpose();
}

Json to_json(const Mlp& mlp) {
  Json layers = Json::array();
  for (const Mlp::Layer& layer : mlp.layers) {
    Json rows = Json::array();
    for (Eigen::Index row = 0; row < layer.weights.rows(); ++row) {
      const Eigen::VectorXd values = layer.weights.row(row);
      rows.push_back(std::vector<double>(values.data(), values.data() + values.size()));
    }
    const Eigen::VectorXd& biases = layer.biases;
    layers.push_back(
        {{"weights", rows}, {"biases", std::vector<double>(biases.data(), biases.data() + biases.size())}});
  }
  return layers;
}

Mlp parse_mlp(const Json& json, Eigen::Index inputs, const std::string& where) {
  Mlp mlp;
  Eigen::Index width = inputs;
  for (const Json& entry : json) {
    const auto rows = entry.at("weights").get<std::vector<std::vector<double>>>();
    const auto biases = entry.at("biases").get<std::vector<double>>();
    require<DataError>(!rows.empty() && rows.size() == biases.size(), "{}: {} rows of weights with {} biases",
                       where, rows.size(), biases.size());
    Mlp::Layer layer;
    layer.biases = Eigen::Map<const Eigen::VectorXd>(biases.data(), static_cast<Eigen::Index>(biases.size()));
    layer.weights.resize(layer.biases.size(), width);
    for (Eigen::Index row = 0; row < layer.weights.rows(); ++row) {
      const auto& values = rows[static_cast<std::size_t>(row)];
      require<DataError>(static_cast<Eigen::Index>(values.size()) == width,
                         "{}: a row of {} weights; {} are expected", where, values.size(), width);
      layer.weights.row(row) = Eigen::Map<const Eigen::RowVectorXd>(values.data(), width);
    }
    require<DataError>(layer.weights.allFinite() && layer.biases.allFinite(), "{}: weights are not finite",
                       where);
    width = layer.biases.size();
    mlp.layers.push_back(std::move(layer));
  }
  require<DataError>(!mlp.layers.empty() && width == 1, "{}: a network with one output is expected", where);
  return mlp;
}

}  // namespace adagrain
