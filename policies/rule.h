// The rule of thresholds as a value: what rule_based applies and the fitting routine searches over.
//
//   entropy > entropy_high and sparsity < sparsity_limit -> individual weights (element)
//   else entropy < entropy_low                           -> feature map
//   else                                                 -> weight block
//
// entropy = bits per weight of the 8-bit codes, sparsity = share of weights that round to the zero code, both
// of the layer's weights (profile.h). The fineness of all branches moves together: at depth t in 0..1 a
// branch takes bits = 8 - 7t + offset, or step = 2^-(8 - 7t + offset); and, unless fixed, sparsity from 0.3
// to 0.95. Each layer takes the member of its branch's family that is nearest to that.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "policies/family.h"

namespace adagrain {

enum class Branch { element, feature_map, block };
inline constexpr std::array<Branch, 3> kBranches = {Branch::element, Branch::feature_map, Branch::block};
const char* branch_granularity(Branch branch);

struct BranchParameters {
  std::vector<std::string> scheme;
  Knob knob = Knob::bits;
  double offset = 0;               // bits
  std::optional<double> sparsity;  // moves with depth when absent
  Parameters fixed;                // others that a member must have, for example rate_weight

  bool operator==(const BranchParameters&) const = default;
};

struct Rule {
  double entropy_high = 6.5;    // bits, 0..8
  double entropy_low = 5.5;     // bits, 0..8
  double sparsity_limit = 0.3;  // 0..1
  // The rule's own words: ANS, quantisation, pruning.
  std::array<BranchParameters, 3> branches = {
      BranchParameters{{"ans"}, Knob::bits, 0, {}, {}},
      BranchParameters{{"quantize"}, Knob::bits, 0, {}, {}},
      BranchParameters{{"prune"}, Knob::bits, 0, {}, {}},
  };

  const BranchParameters& parameters(Branch branch) const {
    return branches[static_cast<std::size_t>(branch)];
  }
  bool operator==(const Rule&) const = default;
};

Branch branch_of(const Rule& rule, const LayerProfile& profile);

// The plans of all depths. Throws ConfigError when a layer has no candidate of its branch's family.
std::vector<Choice> rule_choices(const PolicyInput& input, const Rule& rule, const std::string& where);

// JSON text; `where` opens the DataError on anything that to_json cannot have written.
std::string to_json(const Rule& rule);
Rule parse_rule(const std::string& json, const std::string& where);

}  // namespace adagrain
