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
#include "framework/core/files.h"
#include "framework/core/registry.h"
#include "policies/rule.h"

namespace adagrain {

namespace {

class RuleBased final : public LadderPolicy {
 public:
  void configure(const Config& config) override {
    where_ = config.where() + ": rule_based";
    if (config.choice("variant", {"literal", "tuned"}, "literal") == "literal") {
      rule_.entropy_high = config.get<double>("entropy_high", rule_.entropy_high, Range{0, 8});
      rule_.entropy_low = config.get<double>("entropy_low", rule_.entropy_low, Range{0, 8});
      rule_.sparsity_limit = config.get<double>("sparsity", rule_.sparsity_limit, Range{0, 1});
      return;
    }
    std::filesystem::path file = config.get<std::string>("parameters", "policies/trained/rule_based.json");
    if (file.is_relative()) file = project_root() / file;
    const auto bytes = read_file(file, 1 << 20);
    rule_ = parse_rule(std::string(bytes.begin(), bytes.end()), file.string());
  }

 protected:
  std::vector<Choice> choices(const PolicyInput& input) override {
    return rule_choices(input, rule_, where_);
  }

 private:
  Rule rule_;
  std::string where_;
};

const bool registered = Registry<Policy>::add("rule_based", "thresholds on entropy and sparsity",
                                              [] { return std::make_unique<RuleBased>(); });

}  // namespace

}  // namespace adagrain
