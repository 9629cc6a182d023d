#include "framework/compression/candidate.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "framework/compression/chain.h"
#include "framework/compression/coders/coding_parameters.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char letter : text) {
    if (letter == separator) {
      parts.emplace_back();
    } else {
      parts.back() += letter;
    }
  }
  return parts;
}

// Every parameter the chain reads.
std::vector<ParameterSpec> known_parameters(const Candidate& candidate) {
  std::vector<ParameterSpec> known;
  const auto add = [&](std::span<const ParameterSpec> specs) {
    known.insert(known.end(), specs.begin(), specs.end());
  };
  add(Registry<Granularity>::create(candidate.granularity)->parameters());
  for (const ChainStep& step : transforms_of(candidate)) add(step.transform->parameters());
  if (entropy_coded(candidate)) add(kCodingParameters);
  return known;
}

// Of a name that no part of the chain knows.
constexpr ParameterSpec kNumber = {"", 0, 0, 0, false, ""};

// None when the candidate's parts have no such parameter, or the parts themselves are unknown.
std::optional<ParameterSpec> spec_of(const Candidate& candidate, std::string_view name) {
  if (!Registry<Granularity>::contains(candidate.granularity)) return std::nullopt;
  for (const ParameterSpec& spec : known_parameters(candidate)) {
    if (spec.name == name) return spec;
  }
  return std::nullopt;
}

void check_parameter(const std::string& name, double value, const std::vector<ParameterSpec>& known,
                     const Candidate& candidate, const std::string& where) {
  const auto spec =
      std::find_if(known.begin(), known.end(), [&](const ParameterSpec& s) { return s.name == name; });
  std::vector<std::string_view> names;
  for (const ParameterSpec& each : known) names.push_back(each.name);
  require<ConfigError>(spec != known.end(), "{}: {} at {} has no parameter '{}'; known: {}", where,
                       scheme_text(candidate), candidate.granularity, name, fmt::join(names, ", "));
  const std::string refusal = value_refusal(*spec, value);
  require<ConfigError>(refusal.empty(), "{}: {} {}", where, name, refusal);
}

}  // namespace

std::vector<std::string> parse_scheme(const std::string& text) {
  return split(text, '+');
}

bool Candidate::has(std::string_view part) const {
  return std::find(scheme.begin(), scheme.end(), part) != scheme.end();
}

std::string parameters_text(const Candidate& candidate) {
  std::string text;
  for (const auto& [name, value] : candidate.parameters)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name,
                        value_text(spec_of(candidate, name).value_or(kNumber), value));
  return text;
}

std::string scheme_text(const Candidate& candidate) {
  return fmt::format("{}", fmt::join(candidate.scheme, "+"));
}

std::string to_string(const Candidate& candidate) {
  const std::string parameters = parameters_text(candidate);
  return fmt::format("{}/{}{}{}", candidate.granularity, scheme_text(candidate),
                     parameters.empty() ? "" : " ", parameters);
}

Candidate parse_candidate(const std::string& text, const std::string& where) {
  const std::vector<std::string> words = split(text, ' ');
  const std::vector<std::string> head = split(words[0], '/');
  require<ConfigError>(head.size() == 2,
                       "{} '{}': expected granularity/scheme, for example feature_map/quantize+ans bits=5",
                       where, text);
  Candidate candidate{head[0], parse_scheme(head[1]), {}};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    const std::optional<ParameterSpec> spec = spec_of(candidate, name);
    const std::optional<double> value =
        equals == std::string::npos ? std::nullopt
                                    : parse_value(spec.value_or(kNumber), words[i].substr(equals + 1));
    const bool worded = spec && spec->words != nullptr;
    require<ConfigError>(value || !worded, "{} '{}': '{}'; allowed: {}", where, text, words[i],
                         worded ? fmt::to_string(fmt::join(spec->words(), ", ")) : "");
    require<ConfigError>(value.has_value(), "{} '{}': '{}' is no name=number", where, text, words[i]);
    require<ConfigError>(candidate.parameters.emplace(name, *value).second, "{} '{}': {} is given twice",
                         where, text, name);
  }
  check_candidate(candidate, fmt::format("{} '{}'", where, text));
  return candidate;
}

std::string parameter_help() {
  std::string text = "Granularities:\n";
  const auto add = [&](const std::string& name, const std::string& summary,
                       std::span<const ParameterSpec> specs) {
    text += fmt::format("  {}: {}\n", name, summary);
    for (const ParameterSpec& spec : specs) {
      const std::string bounds = spec.words != nullptr ? fmt::format("{}", fmt::join(spec.words(), ", "))
                                                       : fmt::format("{} to {}", spec.minimum, spec.maximum);
      text += fmt::format("    {}: {}; {}, default {}\n", spec.name, spec.summary, bounds,
                          value_text(spec, spec.fallback));
    }
  };
  for (const std::string& name : Registry<Granularity>::names())
    add(name, Registry<Granularity>::summary(name), Registry<Granularity>::create(name)->parameters());
  text += "Schemes are chains of these, in this order, joined by +:\n";
  for (const ChainStep& step : all_transforms())
    add(step.name, Registry<Transform>::summary(step.name), step.transform->parameters());
  add("ans", "entropy coding of what the transforms leave", kCodingParameters);
  return text;
}

std::optional<double> parameter_of(const Candidate& candidate, std::string_view name) {
  const auto given = candidate.parameters.find(name);
  if (given != candidate.parameters.end()) return given->second;
  const std::optional<ParameterSpec> spec = spec_of(candidate, name);
  return spec ? std::optional(spec->fallback) : std::nullopt;
}

void check_candidate(const Candidate& candidate, const std::string& where) {
  require<ConfigError>(Registry<Granularity>::contains(candidate.granularity),
                       "{}: unknown granularity '{}'; known: {}", where, candidate.granularity,
                       fmt::join(Registry<Granularity>::names(), ", "));
  check_chain(candidate, where);
  const std::vector<ParameterSpec> known = known_parameters(candidate);
  for (const auto& [name, value] : candidate.parameters)
    check_parameter(name, value, known, candidate, where);
  for (const ChainStep& step : transforms_of(candidate)) step.transform->check(candidate, where);
}

}  // namespace adagrain
