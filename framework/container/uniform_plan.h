// The plan of `adagrain compress --candidate`: one candidate for every tensor that looks like a weight.
#pragma once

#include <span>
#include <string>

#include "framework/compression/plan.h"
#include "framework/container/safetensors_header.h"

namespace adagrain {

// Whether a tensor looks like a layer's weights: of a floating type, two or more dimensions, and a name that
// ends in "weight". A checkpoint does not say; names do as a rule, and keep a table of positions apart.
bool is_layer_weight(const SafetensorsEntry& tensor);

// Layers' weights get the candidate, others of F32, BF16 and F16 the rule. Policies that know the network
// decide better. Throws ConfigError when no tensor is a layer.
Plan uniform_plan(std::span<const SafetensorsEntry> tensors, const Candidate& candidate,
                  SmallTensorRule small_tensors);

// "float32", "float16", "quantized". Throws ConfigError.
SmallTensorRule parse_small_tensor_rule(const std::string& word);

}  // namespace adagrain
