// The same candidate for every layer; pressure moves the parameters that its text leaves open.
//
//   candidate: feature_map/quantize+ans              # bits of the space; default layer/quantize+ans
//   candidate: block/prune+quantize+ans bits=4       # sparsity only
//
// One absolute step for all layers is a policy of its own: single_step.
#include "framework/core/registry.h"
#include "policies/family.h"

namespace adagrain {

namespace {

class Uniform final : public PathPolicy {
 public:
  void configure(const Config& config) override {
    const Candidate candidate = parse_candidate(config.get<std::string>("candidate", "layer/quantize+ans"),
                                                config.where("candidate"));
    where_ = config.where("candidate") + ": uniform";
    if (candidate.parameters.contains("step"))
      config.fail("candidate", "has a step; that is policy single_step");
    family_ = {candidate.granularity, candidate.scheme, candidate.parameters, Knob::bits};
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    return shared_choices(input, family_, where_);
  }

 private:
  Family family_;
  std::string where_;
};

const bool registered = Registry<Policy>::add("uniform", "one candidate for every layer",
                                              [] { return std::make_unique<Uniform>(); });

}  // namespace

}  // namespace adagrain
