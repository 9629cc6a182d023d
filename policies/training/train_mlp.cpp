#include "policies/training/train_mlp.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/random.h"

namespace adagrain {

namespace {

Mlp fresh_mlp(Eigen::Index inputs, Eigen::Index hidden, RandomStream& random) {
  Mlp mlp;
  const Eigen::Index widths[] = {inputs, hidden, hidden, 1};
  for (int layer = 0; layer < 3; ++layer) {
    Mlp::Layer fresh{Eigen::MatrixXd(widths[layer + 1], widths[layer]),
                     Eigen::VectorXd::Zero(widths[layer + 1])};
    const double scale = std::sqrt(1.0 / static_cast<double>(widths[layer]));
    for (double& weight : fresh.weights.reshaped()) weight = scale * random.normal();
    mlp.layers.push_back(std::move(fresh));
  }
  return mlp;
}

// Adam's two moments for one tensor (Kingma and Ba, 2015), with decoupled decay (Loshchilov and Hutter,
// 2019).
template <typename Tensor>
class Adam {
 public:
  explicit Adam(const Tensor& shape) : first_(Tensor::Zero(shape.rows(), shape.cols())), second_(first_) {}

  void step(Tensor& values, const Tensor& gradient, int count, double rate, double decay) {
    first_ = 0.9 * first_ + 0.1 * gradient;
    second_ = 0.999 * second_ + 0.001 * gradient.cwiseAbs2();
    const double first_bias = 1 - std::pow(0.9, count), second_bias = 1 - std::pow(0.999, count);
    values.array() -= rate * (first_.array() / first_bias) / ((second_.array() / second_bias).sqrt() + 1e-8) +
                      rate * decay * values.array();
  }

 private:
  Tensor first_, second_;
};

struct Gradient {
  std::vector<Mlp::Layer> layers;
};

// Of sum(weight * huber(output - target)) / sum(weight) over the batch; Huber's corner at 1.
Gradient backward(const Mlp& mlp, const Eigen::MatrixXd& batch, const Eigen::VectorXd& targets,
                  const Eigen::VectorXd& weights) {
  std::vector<Eigen::MatrixXd> values{batch};
  for (std::size_t layer = 0; layer < mlp.layers.size(); ++layer) {
    Eigen::MatrixXd sums = mlp.layers[layer].weights * values.back();
    sums.colwise() += mlp.layers[layer].biases;
    if (layer + 1 < mlp.layers.size()) sums = sums.array().tanh();
    values.push_back(std::move(sums));
  }
  const Eigen::VectorXd error = values.back().row(0).transpose() - targets;
  Eigen::MatrixXd delta =
      (error.cwiseMax(-1).cwiseMin(1).cwiseProduct(weights) / std::max(1e-12, weights.sum())).transpose();
  Gradient gradient;
  gradient.layers.resize(mlp.layers.size());
  for (std::size_t layer = mlp.layers.size(); layer-- > 0;) {
    gradient.layers[layer] = {delta * values[layer].transpose(), delta.rowwise().sum()};
    if (layer == 0) break;
    const Eigen::MatrixXd back = mlp.layers[layer].weights.transpose() * delta;
    delta = back.array() * (1 - values[layer].array().square());
  }
  return gradient;
}

}  // namespace

Mlp train_mlp(const Eigen::MatrixXd& inputs, const Eigen::VectorXd& targets, const Eigen::VectorXd& weights,
              const MlpTraining& training, std::uint64_t seed) {
  ensure(inputs.cols() == targets.size() && targets.size() == weights.size() && weights.sum() > 0,
         "train_mlp: {} samples, {} targets, {} weights", inputs.cols(), targets.size(), weights.size());
  RandomStream random(seed, "policies/train_mlp");
  Mlp mlp = fresh_mlp(inputs.rows(), training.hidden, random);
  std::vector<Adam<Eigen::MatrixXd>> weight_steps;
  std::vector<Adam<Eigen::VectorXd>> bias_steps;
  for (const Mlp::Layer& layer : mlp.layers) {
    weight_steps.emplace_back(layer.weights);
    bias_steps.emplace_back(layer.biases);
  }
  std::vector<Eigen::Index> order(static_cast<std::size_t>(inputs.cols()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  const Eigen::Index batches = (inputs.cols() + training.batch - 1) / training.batch;
  int count = 0;
  for (int epoch = 0; epoch < training.epochs; ++epoch) {
    random.shuffle(std::span(order));
    for (Eigen::Index batch = 0; batch < batches; ++batch) {
      const Eigen::Index first = batch * training.batch;
      const Eigen::Index size = std::min<Eigen::Index>(training.batch, inputs.cols() - first);
      const std::span<const Eigen::Index> picked(order.data() + first, static_cast<std::size_t>(size));
      const double progress = static_cast<double>(count) / static_cast<double>(training.epochs * batches);
      const double rate = training.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * progress));
      const Gradient gradient = backward(mlp, inputs(Eigen::all, picked), targets(picked), weights(picked));
      ++count;
      for (std::size_t layer = 0; layer < mlp.layers.size(); ++layer) {
        weight_steps[layer].step(mlp.layers[layer].weights, gradient.layers[layer].weights, count, rate,
                                 training.weight_decay);
        bias_steps[layer].step(mlp.layers[layer].biases, gradient.layers[layer].biases, count, rate, 0);
      }
    }
  }
  return mlp;
}

}  // namespace adagrain
