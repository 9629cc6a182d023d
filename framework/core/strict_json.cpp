#include "framework/core/strict_json.h"

#include <set>
#include <vector>

#include "framework/core/error.h"

namespace adagrain {

std::string json_reason(const nlohmann::json::exception& error) {
  const std::string_view text = error.what();
  const std::size_t number_end = text.find("] ");
  return std::string(number_end == std::string_view::npos ? text : text.substr(number_end + 2));
}

template <typename ErrorType>
nlohmann::json parse_json(std::string_view text, const std::string& where, std::string_view what,
                          int deepest) {
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::set<std::string>> keys;  // of the mappings that are open, the innermost last
  const auto check = [&](int depth, Event event, nlohmann::json& parsed) {
    if (event == Event::object_start || event == Event::array_start) {
      // Destroying a deep value takes as much stack as it has levels, so it must not come into being.
      require<ErrorType>(depth < deepest, "{}: not {}: nested deeper than {} levels", where, what, deepest);
    }
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      const bool fresh = keys.back().insert(key).second;
      require<ErrorType>(fresh, "{}: key '{}' is given twice", where, key);
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, check);
  } catch (const nlohmann::json::exception& error) {
    throw ErrorType(fmt::format("{}: not {}: {}", where, what, json_reason(error)));
  }
}

template nlohmann::json parse_json<ConfigError>(std::string_view, const std::string&, std::string_view, int);
template nlohmann::json parse_json<DataError>(std::string_view, const std::string&, std::string_view, int);

}  // namespace adagrain
