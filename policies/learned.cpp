// A small neural network predicts from the profile what every granularity and scheme, with every parameter,
// would do to each layer (damage_model.h); bytes are known exactly. The pressure stands for the budget: it
// sets the price of divergence at which each layer takes argmin bytes + lambda * predicted KL. Trained by
// train-policy on measured candidates of other networks.
//
//   weights: policies/trained/learned.json
#include "framework/core/files.h"
#include "framework/core/registry.h"
#include "policies/damage_model.h"
#include "policies/equal_slopes.h"

namespace adagrain {

namespace {

class Learned final : public LadderPolicy {
 public:
  void configure(const Config& config) override {
    std::filesystem::path file = config.get<std::string>("weights", "policies/trained/learned.json");
    if (file.is_relative()) file = project_root() / file;
    const auto bytes = read_file(file, 1 << 26);
    model_ = parse_damage_model(std::string(bytes.begin(), bytes.end()), file.string());
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    return equal_slopes(tradeoffs(input.candidates, [&](std::size_t layer) {
      return model_.divergence(input.profile, layer, input.candidates[layer]);
    }));
  }

 private:
  DamageModel model_;
};

const bool registered =
    Registry<Policy>::add("learned", "a neural network's predicted damage at equal slopes",
                          [] { return std::make_unique<Learned>(); });

}  // namespace

}  // namespace adagrain
