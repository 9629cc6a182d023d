// A small neural network predicts from the profile what every granularity and scheme, with every parameter,
// would do to each layer (damage_model.h); bytes are known exactly. The pressure stands for the budget: it
// sets the price of divergence at which each layer takes argmin bytes + lambda * predicted KL. Trained by
// train-policy on measured candidates of other networks.
//
//   weights: policies/trained/learned.json      # see trained_file.h for networks held out of the training
#include "framework/core/registry.h"
#include "policies/damage_model.h"
#include "policies/equal_slopes.h"
#include "policies/trained_file.h"

namespace adagrain {

namespace {

class Learned final : public PathPolicy {
 public:
  void configure(const Config& config) override {
    file_.configure(config, "weights", "policies/trained/learned.json", parse_damage_model);
  }

  std::vector<std::filesystem::path> files(const std::string& model) const override {
    return {file_.path(model)};
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    const auto [text, path] = file_.read(input.profile.model);
    const DamageModel model = parse_damage_model(text, path);
    return equal_slopes(tradeoffs(input.candidates, [&](std::size_t layer) {
      return model.divergence(input.profile, layer, input.candidates[layer]);
    }));
  }

 private:
  TrainedFile file_;
};

const bool registered =
    Registry<Policy>::add("learned", "a neural network's predicted damage at equal slopes",
                          [] { return std::make_unique<Learned>(); });

}  // namespace

}  // namespace adagrain
