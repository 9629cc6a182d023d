#include "framework/container/uniform_plan.h"

#include "framework/container/element_type.h"
#include "framework/core/error.h"

namespace adagrain {

bool is_layer_weight(const SafetensorsEntry& tensor) {
  return is_floating(tensor.dtype) && tensor.shape.size() >= 2 && tensor.name.ends_with("weight");
}

Plan uniform_plan(std::span<const SafetensorsEntry> tensors, const Candidate& candidate,
                  SmallTensorRule small_tensors) {
  Plan plan;
  plan.small_tensors = small_tensors;
  for (const SafetensorsEntry& tensor : tensors) {
    if (is_layer_weight(tensor)) plan.layers.emplace(tensor.name, candidate);
  }
  require<ConfigError>(
      !plan.layers.empty(),
      "one candidate for all layers: none of {} tensors is a layer, which is a floating tensor of two "
      "or more dimensions whose name ends in \"weight\"; --plan names tensors one by one",
      tensors.size());
  return plan;
}

SmallTensorRule parse_small_tensor_rule(const std::string& word) {
  if (word == "float32") return SmallTensorRule::float32;
  if (word == "float16") return SmallTensorRule::float16;
  require<ConfigError>(word == "quantized", "small tensors: '{}'; allowed: float32, float16, quantized",
                       word);
  return SmallTensorRule::quantized;
}

}  // namespace adagrain
