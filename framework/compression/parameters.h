// Numbers that tune a granularity, a transform or a coder, declared by the implementation that reads them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace adagrain {

// One tunable number: its word in YAML, its bounds, its default.
struct ParameterSpec {
  std::string_view name;  // "bits"
  double minimum;
  double maximum;
  double fallback;
  bool integer;
  std::string_view summary;  // with unit
};

// name -> value, in alphabetical order; equal parameters compare equal.
using Parameters = std::map<std::string, double, std::less<>>;

// The given value, or the declared default when absent.
double parameter(const Parameters& given, const ParameterSpec& spec);

}  // namespace adagrain
