// What a policy decides for a layer: one granularity, one scheme, its parameters.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "framework/compression/parameters.h"

namespace adagrain {

struct Candidate {
  std::string granularity;          // a Granularity's name: layer, element, block, feature_map
  std::vector<std::string> scheme;  // in order: prune? (quantize compensate?)? ans?, at least one
  Parameters parameters;            // of all parts of the chain; absent ones keep their default

  bool operator==(const Candidate&) const = default;
  auto operator<=>(const Candidate&) const = default;

  bool has(std::string_view part) const;
};

// "bits=5 rate_weight=0.05"; empty when there are none.
std::string parameters_text(const Candidate& candidate);
// "block/prune+quantize+ans bits=4 block_columns=64 sparsity=0.5": one spelling per candidate, for tables and
// keys.
std::string to_string(const Candidate& candidate);
// The inverse. Throws ConfigError, which begins with `where`.
Candidate parse_candidate(const std::string& text, const std::string& where = "candidate");

// "prune+quantize+ans" -> its parts, unchecked.
std::vector<std::string> parse_scheme(const std::string& text);

// One line for each parameter that some granularity, transform or coder has: name, meaning, bounds, default.
std::string parameter_help();

// The given value, or what its absence means; none when the candidate's parts have no such parameter.
std::optional<double> parameter_of(const Candidate& candidate, std::string_view name);

// Throws ConfigError when a name is unknown, the scheme is none that exists, or a parameter is
// unknown to every part of the chain or outside its bounds. `where` opens the text.
void check_candidate(const Candidate& candidate, const std::string& where);

}  // namespace adagrain
