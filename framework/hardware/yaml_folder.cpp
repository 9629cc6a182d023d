#include "framework/hardware/yaml_folder.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "framework/core/error.h"
#include "framework/core/project_root.h"

namespace adagrain {

namespace {

std::filesystem::path path_of(const std::string& folder) {
  return project_root() / "framework" / "hardware" / folder;
}

}  // namespace

std::vector<std::string> yaml_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code missing;  // no folder: no names, and the caller's error says so
  for (const auto& entry : std::filesystem::directory_iterator(path_of(folder), missing)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::filesystem::path yaml_file(const std::string& folder, const std::string& kind, const std::string& name) {
  const std::vector<std::string> known = yaml_names(folder);
  require<ConfigError>(std::find(known.begin(), known.end(), name) != known.end(),
                       "unknown {} '{}'; known: {}", kind, name, fmt::join(known, ", "));
  return path_of(folder) / (name + ".yaml");
}

}  // namespace adagrain
