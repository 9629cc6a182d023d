// Files <name>.yaml of a folder below framework/hardware: presets, energy tables.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace adagrain {

// In alphabetical order; none where the folder is missing.
std::vector<std::string> yaml_names(const std::string& folder);

// Throws ConfigError that lists what is there; `kind` says what is looked for.
std::filesystem::path yaml_file(const std::string& folder, const std::string& kind, const std::string& name);

}  // namespace adagrain
