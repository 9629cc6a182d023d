// A multilayer perceptron with one output: tanh in between, linear at the end. Doubles, Eigen, deterministic.
#pragma once

#include <Eigen/Dense>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace adagrain {

struct Mlp {
  struct Layer {
    Eigen::MatrixXd weights;  // [out, in]
    Eigen::VectorXd biases;   // [out]
  };
  std::vector<Layer> layers;

  Eigen::Index inputs() const { return layers.front().weights.cols(); }
  // [inputs, samples] -> [samples]
  Eigen::VectorXd operator()(const Eigen::MatrixXd& batch) const;
};

nlohmann::json to_json(const Mlp& mlp);
// Throws DataError when the shapes do not chain from `inputs` to one output.
Mlp parse_mlp(const nlohmann::json& json, Eigen::Index inputs, const std::string& where);

}  // namespace adagrain
