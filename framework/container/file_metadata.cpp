#include "framework/container/file_metadata.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace adagrain {

namespace {

constexpr const char* kProvenance = "provenance";

}  // namespace

std::string provenance_of(const std::map<std::string, std::string>& metadata) {
  if (metadata.empty()) return "";
  if (const auto text = metadata.find(kProvenance);
      text != metadata.end() && metadata_of(text->second) == metadata)
    return text->second;
  // Bytes that are no UTF-8 become U+FFFD instead of an exception.
  return nlohmann::json(metadata).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::map<std::string, std::string> metadata_of(const std::string& provenance) {
  if (provenance.empty()) return {};
  const auto json = nlohmann::json::parse(provenance, nullptr, false);
  const bool texts = json.is_object() && std::all_of(json.begin(), json.end(),
                                                     [](const auto& value) { return value.is_string(); });
  if (!texts) return {{kProvenance, provenance}};
  return json.get<std::map<std::string, std::string>>();
}

}  // namespace adagrain
