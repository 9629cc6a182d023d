// NNCodec's data-free rule for a quantisation parameter per layer (Becking et al., "NNCodec: An Open Source
// Software Implementation of the Neural Network Coding ISO/IEC Standard", ICML 2023 workshop):
//
//   share_l = weights_l / weights + 0.1 * (1 - std_l / max std),   qp_l = qp * (1 - share_l),
//
// with step = 2^(qp / 4), qp <= 0: large layers and layers of small weights get the coarser step. Pressure
// moves the network's qp; each layer takes the table's step nearest to its own in ratio. It has no keys.
#include <algorithm>

#include "framework/core/registry.h"
#include "policies/family.h"

namespace adagrain {

namespace {

class SizeShare final : public PathPolicy {
 public:
  void configure(const Config& config) override { where_ = config.where() + ": size_share"; }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    const std::vector<LayerProfile>& layers = input.profile.layers;
    double largest_deviation = 0;
    for (const LayerProfile& layer : layers) {
      largest_deviation = std::max(largest_deviation, layer.weights.standard_deviation);
    }
    std::vector<double> exponents;  // 1 - share, [layer]
    for (const LayerProfile& layer : layers) {
      const double relative =
          largest_deviation > 0 ? layer.weights.standard_deviation / largest_deviation : 1.0;
      exponents.push_back(1.0 - (layer.parameter_share + 0.1 * (1.0 - relative)));
    }
    return step_choices(input, {"element", {"quantize", "ans"}, {}, Knob::step}, exponents, where_);
  }

 private:
  std::string where_;
};

const bool registered =
    Registry<Policy>::add("size_share", "NNCodec's data-free rule: a step from share of size and spread",
                          [] { return std::make_unique<SizeShare>(); });

}  // namespace

}  // namespace adagrain
