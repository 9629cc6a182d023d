// A strict reader over yaml-cpp. Unknown, misspelt and duplicate keys, wrong types, octal-looking integers
// and values out of range are ConfigErrors that say file, line, column, what was given and what is allowed.
//
//   Config config = Config::load("experiments/quickstart.yaml");
//   int epochs = config.get<int>("epochs", 10, Range{1, 1000});
//   Config data = config.child("data");     // a mapping; throws when absent
//   config.finish();                         // every key that nobody asked for is an error
#pragma once

#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/error.h"

namespace YAML {
class Node;
}

namespace adagrain {

// Inclusive bounds of a number.
struct Range {
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
};

class Config {
 public:
  static Config load(const std::filesystem::path& file);
  // `name` stands for the file in error texts.
  static Config parse(const std::string& text, const std::string& name);

  // T is bool, int, std::int64_t, std::uint64_t, double, std::string or a std::vector of one of them (a
  // scalar counts as a list of one). Range applies to numbers and to each element of a list.
  template <typename T>
  T get(const std::string& key, Range range = {}) const;
  template <typename T>
  T get(const std::string& key, const T& fallback, Range range = {}) const;
  // A list of one value or more, none of them twice.
  template <typename T>
  std::vector<T> distinct(const std::string& key, const std::vector<T>& fallback, Range range = {}) const {
    const std::vector<T> values = get(key, fallback, range);
    if (values.empty()) fail(key, "is empty; one value or more are expected");
    for (std::size_t i = 0; i < values.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (values[i] == values[j]) fail(key, fmt::format("has {} twice", values[i]));
    return values;
  }
  // One word out of `allowed`.
  std::string choice(const std::string& key, const std::vector<std::string>& allowed) const;
  std::string choice(const std::string& key, const std::vector<std::string>& allowed,
                     const std::string& fallback) const;

  bool has(const std::string& key) const;
  Config child(const std::string& key) const;
  // An empty mapping when the key is absent, so that every default applies.
  Config child_or_empty(const std::string& key) const;
  // A list of mappings; empty when the key is absent.
  std::vector<Config> children(const std::string& key) const;
  // The keys of this mapping in file order.
  std::vector<std::string> keys() const;

  // Throws on every key of this mapping that was never asked for, listing those that were.
  void finish() const;

  // Throws ConfigError with `text` and the place of `key` (or of the mapping itself when empty).
  [[noreturn]] void fail(const std::string& key, const std::string& text) const;
  // "file.yaml:9:31", of `key` or of the mapping itself.
  std::string where(const std::string& key = {}) const;
  // The whole file as text, for provenance.
  const std::string& text() const;
  // What was asked of this mapping and of those inside it, name -> value in one spelling ("1" for 1.00, a
  // list for a scalar that stands for one), defaults included, without some of its own keys: equal for two
  // configurations that mean the same. Complete once everything was asked for.
  std::map<std::string, std::string> values(const std::vector<std::string>& without = {}) const;

 private:
  struct Document;
  struct State;
  explicit Config(std::shared_ptr<State> state);
  YAML::Node value_of(const std::string& key) const;

  std::shared_ptr<State> state_;
};

}  // namespace adagrain
