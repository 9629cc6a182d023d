#include "framework/compression/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace adagrain {

double parameter(const Parameters& given, const ParameterSpec& spec) {
  const auto found = given.find(spec.name);
  return found != given.end() ? found->second : spec.fallback;
}

std::string value_text(const ParameterSpec& spec, double value) {
  if (spec.words != nullptr && value >= 0) {
    const std::vector<std::string> words = spec.words();
    if (value == std::floor(value) && value < static_cast<double>(words.size()))
      return words[static_cast<std::size_t>(value)];
  }
  return fmt::format("{}", value);
}

std::optional<double> parse_value(const ParameterSpec& spec, std::string_view text) {
  if (spec.words != nullptr) {
    const std::vector<std::string> words = spec.words();
    const auto found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) return std::nullopt;
    return static_cast<double>(found - words.begin());
  }
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

std::string value_refusal(const ParameterSpec& spec, double value) {
  if (spec.words != nullptr) {
    const std::vector<std::string> words = spec.words();
    const bool known = value >= 0 && value < static_cast<double>(words.size()) && value == std::floor(value);
    return known ? "" : fmt::format("is {}; allowed: {}", value, fmt::join(words, ", "));
  }
  if (!(value >= spec.minimum && value <= spec.maximum))
    return fmt::format("is {}; allowed {}..{}", value, spec.minimum, spec.maximum);
  if (spec.integer && value != std::floor(value)) return fmt::format("is {}; an integer is expected", value);
  return "";
}

}  // namespace adagrain
