#include "framework/search/candidate_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "framework/compression/chain.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

constexpr std::string_view kBySensitivity = "sensitivity";

GridValues grid_values(const CandidateSpace& space, const LayerProfile& profile) {
  const auto numbers = [](const std::vector<int>& integers) {
    return std::vector<double>(integers.begin(), integers.end());
  };
  std::vector<double> saliencies;
  for (const std::string& saliency : space.saliencies) saliencies.push_back(saliency == kBySensitivity);
  GridValues values;
  values.listed = {{"bits", numbers(space.bits)},
                   {"sparsity", space.sparsities},
                   {"saliency", saliencies},
                   {"block_rows", numbers(space.block_rows)},
                   {"block_columns", numbers(space.block_columns)},
                   {"rate_weight", space.rate_weights},
                   {"symmetric", space.asymmetric ? std::vector<double>{1, 0} : std::vector<double>{1}}};
  values.steps_per_octave = space.steps_per_octave;
  values.weight_rms = profile.weights.rms;
  return values;
}

// Every setting of the one part's parameters with every one of the other's.
std::vector<Parameters> product(const std::vector<Parameters>& left, const std::vector<Parameters>& right) {
  std::vector<Parameters> all;
  for (const Parameters& one : left) {
    for (const Parameters& other : right) {
      all.push_back(one);
      all.back().insert(other.begin(), other.end());
    }
  }
  return all;
}

std::vector<Parameters> settings(const Candidate& chain, const GridValues& values) {
  std::vector<Parameters> all = Registry<Granularity>::create(chain.granularity)->grid(values);
  for (const ChainStep& step : transforms_of(chain)) all = product(all, step.transform->grid(chain, values));
  return all;
}

}  // namespace

CandidateSpace read_candidate_space(const Config& config) {
  CandidateSpace space;
  space.granularities = config.distinct("granularities", space.granularities);
  space.schemes = config.distinct("schemes", space.schemes);
  space.bits = config.distinct("bits", space.bits, {1, 8});
  space.sparsities = config.distinct("sparsities", space.sparsities, {0.01, 0.999});
  space.saliencies = config.distinct("saliencies", space.saliencies);
  for (const std::string& saliency : space.saliencies) {
    if (saliency != "magnitude" && saliency != kBySensitivity)
      config.fail("saliencies", fmt::format("names '{}'; allowed: magnitude, {}", saliency, kBySensitivity));
  }
  space.block_rows = config.distinct("block_rows", space.block_rows, {1, 65535});
  space.block_columns = config.distinct("block_columns", space.block_columns, {1, 65535});
  if (config.has("rate_weights"))
    space.rate_weights = config.distinct("rate_weights", space.rate_weights, {0.001, 10});
  space.steps_per_octave = config.get("steps_per_octave", space.steps_per_octave, {0, 16});
  space.asymmetric = config.get("asymmetric", space.asymmetric);
  config.finish();
  for (const std::string& granularity : space.granularities) {
    for (const std::string& scheme : space.schemes) {
      const Candidate candidate{granularity, parse_scheme(scheme), {}};
      if (fits_granularity(candidate)) check_candidate(candidate, config.where("schemes"));
    }
  }
  return space;
}

bool needs_moments(const CandidateSpace& space) {
  return std::any_of(space.schemes.begin(), space.schemes.end(), [](const std::string& scheme) {
    return needs_moments({"", parse_scheme(scheme), {}});
  });
}

std::vector<Candidate> enumerate_candidates(const CandidateSpace& space, const LayerProfile& profile) {
  const GridValues values = grid_values(space, profile);
  std::set<Candidate> found;
  for (const std::string& granularity : space.granularities) {
    for (const std::string& scheme : space.schemes) {
      Candidate candidate{granularity, parse_scheme(scheme), {}};
      if (!fits_granularity(candidate)) continue;
      for (Parameters& setting : settings(candidate, values)) {
        candidate.parameters = std::move(setting);
        found.insert(candidate);
      }
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace adagrain
