// A file that train-policy wrote, named in a policy's configuration. "{model}" in the path stands for the
// network's name, so that every network of an experiment can be given what was trained without it:
//
//   weights: policies/trained/learned_without_{model}.json
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "framework/core/config.h"

namespace adagrain {

class TrainedFile {
 public:
  // Paths are relative to the project. A path without {model} is read and handed to `check(text, path)` at
  // once, so that a bad one is refused before any work. Throws ConfigError at the key.
  void configure(const Config& config, const std::string& key, const std::string& fallback,
                 const std::function<void(const std::string& text, const std::string& path)>& check);

  // The file for a network.
  std::filesystem::path path(const std::string& model) const;
  // Its text and path. Throws DataError with the key's place.
  std::pair<std::string, std::string> read(const std::string& model) const;

 private:
  std::string pattern_;
  std::string where_;  // "a.yaml:9:31: weights"
};

}  // namespace adagrain
