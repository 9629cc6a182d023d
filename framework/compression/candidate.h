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
  std::vector<std::string> scheme;  // the chain: transforms in order of their stages, a coder, at least one
  Parameters parameters;            // of all parts of the chain; absent ones keep their default

  bool operator==(const Candidate&) const = default;
  auto operator<=>(const Candidate&) const = default;

  bool has(std::string_view part) const;
};

// "bits=5 rate_weight=0.05"; empty when there are none.
std::string parameters_text(const Candidate& candidate);
// "prune+quantize+ans".
std::string scheme_text(const Candidate& candidate);
// "block/prune+quantize+ans bits=4 block_columns=64 sparsity=0.5": one spelling per candidate, for tables and
// keys.
std::string to_string(const Candidate& candidate);
// The inverse. Throws ConfigError, which begins with `where`.
Candidate parse_candidate(const std::string& text, const std::string& where = "candidate");

// "prune+quantize+ans" -> its parts, unchecked.
std::vector<std::string> parse_scheme(const std::string& text);

// What granularities, transforms and coders say of themselves, transforms in the order of a chain: a line for
// each, and one for each of its parameters with meaning, bounds and default.
std::string parameter_help();

// The given value, or what its absence means; none when the candidate's parts have no such parameter.
std::optional<double> parameter_of(const Candidate& candidate, std::string_view name);

// Throws ConfigError when a name is unknown, the scheme is none that exists, or a parameter is unknown to
// every part of the chain, outside its bounds or at odds with another. `where` opens the text.
void check_candidate(const Candidate& candidate, const std::string& where);

// What the parts of a chain say of themselves. Parts that are not registered say nothing.
bool prunes(const Candidate& candidate);            // units become zero
bool chooses_levels(const Candidate& candidate);    // weights become levels
bool refines_levels(const Candidate& candidate);    // levels are chosen anew
bool loses(const Candidate& candidate);             // decoded weights may differ from the original ones
bool needs_moments(const Candidate& candidate);     // of the layer's inputs (LayerEvidence::input_factor)
bool needs_importance(const Candidate& candidate);  // of the layer's weights (LayerEvidence::importance)
bool entropy_coded(const Candidate& candidate);     // the chain ends in a coder

// Whether all its transforms have a meaning at its granularity.
bool fits_granularity(const Candidate& candidate);

// What stores any layer without loss and with the least side information: the last resort of a search.
Candidate lossless_candidate();

}  // namespace adagrain
