#include "framework/compression/plan.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/strict_json.h"

namespace adagrain {

// Beside its enum, where the library looks for it.
NLOHMANN_JSON_SERIALIZE_ENUM(SmallTensorRule, {{SmallTensorRule::float32, "float32"},
                                               {SmallTensorRule::float16, "float16"},
                                               {SmallTensorRule::quantized, "quantized"}})

std::string to_json(const Plan& plan) {
  nlohmann::json json;  // keys in alphabetical order
  json["layers"] = nlohmann::json::object();
  for (const auto& [name, candidate] : plan.layers) json["layers"][name] = to_string(candidate);
  json["small_tensors"] = plan.small_tensors;
  return json.dump();
}

Plan parse_plan(const std::string& text, const std::string& where) {
  const auto json = parse_json<ConfigError>(text, where, "a plan", 8);
  require<ConfigError>(
      json.is_object() && json.contains("layers") && json["layers"].is_object() &&
          json.contains("small_tensors") && json["small_tensors"].is_string(),
      "{}: expected a JSON object with 'layers' (tensor name -> candidate) and 'small_tensors' (a word)",
      where);
  for (const auto& [key, value] : json.items())
    require<ConfigError>(key == "layers" || key == "small_tensors",
                         "{}: unknown key '{}'; known here: layers, small_tensors", where, key);
  Plan plan;
  for (const auto& [name, candidate] : json["layers"].items()) {
    require<ConfigError>(candidate.is_string(), "{}: '{}' is no candidate text", where, name);
    try {
      plan.layers[name] = parse_candidate(candidate.get<std::string>());
    } catch (const ConfigError& error) {
      throw ConfigError(fmt::format("{}: layer '{}': {}", where, name, error.what()));
    }
  }
  plan.small_tensors = json["small_tensors"].get<SmallTensorRule>();
  require<ConfigError>(nlohmann::json(plan.small_tensors) == json["small_tensors"],
                       "{}: small_tensors is '{}'; allowed: float32, float16, quantized", where,
                       json["small_tensors"].get<std::string>());
  return plan;
}

Plan read_plan(const std::filesystem::path& file) {
  constexpr std::uint64_t longest = std::uint64_t{1} << 26;
  const auto text = read_file(file, longest);
  return parse_plan(std::string(text.begin(), text.end()), file.string());
}

}  // namespace adagrain
