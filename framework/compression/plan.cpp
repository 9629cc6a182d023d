#include "framework/compression/plan.h"

#include <nlohmann/json.hpp>

#include "framework/core/error.h"

namespace adagrain {

namespace {

NLOHMANN_JSON_SERIALIZE_ENUM(SmallTensorRule, {{SmallTensorRule::float32, "float32"},
                                               {SmallTensorRule::float16, "float16"},
                                               {SmallTensorRule::quantized, "quantized"}})

}  // namespace

std::string to_json(const Plan& plan) {
  nlohmann::json json;  // keys in alphabetical order
  json["layers"] = nlohmann::json::object();
  for (const auto& [name, candidate] : plan.layers) json["layers"][name] = to_string(candidate);
  json["small_tensors"] = plan.small_tensors;
  return json.dump();
}

Plan parse_plan(const std::string& text, const std::string& where) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  require<ConfigError>(
      json.is_object() && json.size() == 2 && json.contains("layers") && json["layers"].is_object() &&
          json.contains("small_tensors") && json["small_tensors"].is_string(),
      "{}: expected a JSON object with 'layers' (tensor name -> candidate) and 'small_tensors'", where);
  Plan plan;
  for (const auto& [name, candidate] : json["layers"].items()) {
    require<ConfigError>(candidate.is_string(), "{}: '{}' is no candidate text", where, name);
    plan.layers[name] = parse_candidate(candidate.get<std::string>());
  }
  plan.small_tensors = json["small_tensors"].get<SmallTensorRule>();
  require<ConfigError>(nlohmann::json(plan.small_tensors) == json["small_tensors"],
                       "{}: small_tensors is '{}'; allowed: float32, float16, quantized", where,
                       json["small_tensors"].get<std::string>());
  return plan;
}

}  // namespace adagrain
