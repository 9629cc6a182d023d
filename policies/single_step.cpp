// One absolute quantisation step for the whole network, then the entropy coder: near optimal for mean squared
// error behind an ideal entropy coder (Gish and Pierce, "Asymptotically Efficient Quantizing", 1968), hence
// the strongest simple baseline. Pressure moves the step.
//
//   rate_weight: 0.05                 # optional: one of the candidate space's, or 0, nearest levels; left
//                                     # open, the best of all at each size
//   scheme: quantize+compensate+ans   # optional; quantize+ans where absent
#include "framework/core/registry.h"
#include "policies/family.h"

namespace adagrain {

namespace {

class SingleStep final : public PathPolicy {
 public:
  void configure(const Config& config) override {
    if (config.has("rate_weight"))
      family_.fixed["rate_weight"] = config.get<double>("rate_weight", Range{0, 1e6});
    family_.scheme = parse_candidate("element/" + config.get<std::string>("scheme", "quantize+ans"),
                                     config.where("scheme"))
                         .scheme;
    where_ = config.where() + ": single_step";
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    return step_choices(input, family_, std::vector<double>(input.candidates.size(), 1.0), where_);
  }

 private:
  Family family_{"element", {"quantize", "ans"}, {}, Knob::step};
  std::string where_;
};

const bool registered = Registry<Policy>::add("single_step", "one absolute quantisation step for all layers",
                                              [] { return std::make_unique<SingleStep>(); });

}  // namespace

}  // namespace adagrain
