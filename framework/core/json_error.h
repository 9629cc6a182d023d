// What went wrong with a JSON text, in words that may follow a file's name.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace adagrain {

// Without the library's number in front: "parse error at line 1, column 5: ...", "key 'features' not found".
inline std::string json_reason(const nlohmann::json::exception& error) {
  const std::string_view text = error.what();
  const std::size_t number_end = text.find("] ");
  return std::string(number_end == std::string_view::npos ? text : text.substr(number_end + 2));
}

}  // namespace adagrain
