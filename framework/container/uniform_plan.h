// The plan of `adagrain compress --candidate`: one candidate for every tensor that looks like a weight.
#pragma once

#include "framework/compression/plan.h"
#include "framework/core/tensor.h"

namespace adagrain {

// Tensors of two or more dimensions get the candidate, all others the rule. A checkpoint does not say which
// tensors are layers; policies that know the network decide better.
Plan uniform_plan(const Checkpoint& checkpoint, const Candidate& candidate, SmallTensorRule small_tensors);

// "float32", "float16", "quantized". Throws ConfigError.
SmallTensorRule parse_small_tensor_rule(const std::string& word);

}  // namespace adagrain
