// Measured bytes against predicted loss increase at equal slopes: per layer argmin bytes + lambda * error
// over every granularity and scheme of the table, error = what Fisher predicts
// (PricedCandidate::fisher_error). Pressure moves lambda.
//
//   error: fisher   # or squared: needs no data and minimises the network's squared error for its size
#include "framework/core/registry.h"
#include "policies/equal_slopes.h"

namespace adagrain {

namespace {

class Lagrangian final : public PathPolicy {
 public:
  void configure(const Config& config) override {
    fisher_ = config.choice("error", {"fisher", "squared"}, "fisher") == "fisher";
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    double total = 0;
    const auto errors = [&](std::size_t layer) {
      std::vector<double> values;
      for (const PricedCandidate& priced : input.candidates[layer]) {
        values.push_back(fisher_ ? priced.fisher_error : priced.squared_error);
        total += values.back();
      }
      return values;
    };
    const auto layers = tradeoffs(input.candidates, errors);
    require<ConfigError>(!fisher_ || total > 0,
                         "lagrangian: '{}' was profiled without data, so error: fisher is zero everywhere; "
                         "profile with images or set error: squared",
                         input.profile.model);
    return equal_slopes(layers);
  }

 private:
  bool fisher_ = true;
};

const bool registered =
    Registry<Policy>::add("lagrangian", "measured bytes and Fisher-weighted error at equal slopes",
                          [] { return std::make_unique<Lagrangian>(); });

}  // namespace

}  // namespace adagrain
