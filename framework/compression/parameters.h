// Numbers that tune a granularity, a transform or a coder, declared by the implementation that reads them.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adagrain {

// One tunable number: its word in YAML, its bounds, its default. A parameter whose values are words
// ("coder=static") is a number too: the place of the word among them.
struct ParameterSpec {
  std::string_view name;  // "bits"
  double minimum;
  double maximum;  // of words: not used, their number is the bound
  double fallback;
  bool integer;
  std::string_view summary;  // with unit
  // The words in the order of their values; nullptr where values are plain numbers. A function, since words
  // may come from a registry, which is complete only once the program has started.
  std::vector<std::string> (*words)() = nullptr;
};

// name -> value, in alphabetical order; equal parameters compare equal.
using Parameters = std::map<std::string, double, std::less<>>;

// The given value, or the declared default when absent.
double parameter(const Parameters& given, const ParameterSpec& spec);

// A value as candidates write it: the word, or the shortest number that reads back as the same.
std::string value_text(const ParameterSpec& spec, double value);
// The inverse; none where the text is neither a number nor, where the parameter has words, one of them.
std::optional<double> parse_value(const ParameterSpec& spec, std::string_view text);
// Why the parameter may not have this value, as "is 9; allowed 1..8"; empty where it may.
std::string value_refusal(const ParameterSpec& spec, double value);

}  // namespace adagrain
