// JSON that users and files hand in: parsed with bounds, and nothing dropped in silence.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace adagrain {

// Without the library's number in front: "parse error at line 1, column 5: ...", "key 'features' not found".
std::string json_reason(const nlohmann::json::exception& error);

// The value that `text` spells. Throws ErrorType (ConfigError or DataError), which begins with `where` and
// says that the text is not `what` ("a plan"), where it is no valid JSON, where one mapping has a key twice
// (the library would keep the last one), or where it is nested deeper than `deepest` levels.
template <typename ErrorType>
nlohmann::json parse_json(std::string_view text, const std::string& where, std::string_view what,
                          int deepest);

}  // namespace adagrain
