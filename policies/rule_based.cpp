// The rule of thresholds (rule.h): entropy and sparsity of a layer's weights choose its granularity and
// scheme.
//
//   variant: literal         # element/ans, feature_map/quantize, block/prune
//   entropy_high: 6.5        # bits
//   entropy_low: 5.5         # bits
//   sparsity: 0.3
// or
//   variant: tuned           # thresholds, chains and offsets fitted by train-policy
//   parameters: policies/trained/rule_based.json
#include <optional>

#include "framework/core/registry.h"
#include "policies/rule.h"
#include "policies/trained_file.h"

namespace adagrain {

namespace {

class RuleBased final : public PathPolicy {
 public:
  void configure(const Config& config) override {
    where_ = config.where() + ": rule_based";
    if (config.choice("variant", {"literal", "tuned"}, "literal") == "literal") {
      rule_.entropy_high = config.get<double>("entropy_high", rule_.entropy_high, Range{0, 8});
      rule_.entropy_low = config.get<double>("entropy_low", rule_.entropy_low, Range{0, 8});
      rule_.sparsity_limit = config.get<double>("sparsity", rule_.sparsity_limit, Range{0, 1});
      return;
    }
    tuned_.emplace().configure(config, "parameters", "policies/trained/rule_based.json", parse_rule);
  }

  std::vector<std::filesystem::path> files(const std::string& model) const override {
    if (!tuned_) return {};
    return {tuned_->path(model)};
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    if (!tuned_) return rule_choices(input, rule_, where_);
    const auto [text, path] = tuned_->read(input.profile.model);
    return rule_choices(input, parse_rule(text, path), where_);
  }

 private:
  Rule rule_;                         // literal
  std::optional<TrainedFile> tuned_;  // else
  std::string where_;
};

const bool registered = Registry<Policy>::add("rule_based", "thresholds on entropy and sparsity",
                                              [] { return std::make_unique<RuleBased>(); });

}  // namespace

}  // namespace adagrain
