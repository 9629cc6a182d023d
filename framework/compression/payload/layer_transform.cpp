#include "framework/compression/payload/layer_transform.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/compression/chain.h"
#include "framework/compression/payload/coder_rates.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

void check_lossy_input(std::span<const float> weights, const LayerEvidence& evidence) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    require<DataError>(std::fabs(weights[i]) <= kLargestLossyMagnitude,
                       "element {} is {}; where a scheme is lossy, magnitudes up to {} are allowed", i,
                       weights[i], kLargestLossyMagnitude);
  }
  ensure(evidence.importance.empty() || evidence.importance.size() == weights.size(),
         "importance of {} weights for {}", evidence.importance.size(), weights.size());
  for (std::size_t i = 0; i < evidence.importance.size(); ++i) {
    const float importance = evidence.importance[i];
    require<DataError>(importance >= 0 && importance <= kLargestLossyMagnitude,
                       "importance of element {} is {}; allowed 0..{}", i, importance,
                       kLargestLossyMagnitude);
  }
}

// " saliency=1 sparsity=0.5": those of the transform that are given.
std::string given_text(const Transform& transform, const Parameters& parameters) {
  std::string text;
  for (const ParameterSpec& spec : transform.parameters()) {
    const auto given = parameters.find(spec.name);
    if (given != parameters.end()) text += fmt::format(" {}={}", given->first, given->second);
  }
  return text;
}

void check_needs(const ChainStep& step, const Parameters& parameters, const LayerEvidence& evidence) {
  const Needs needs = step.transform->needs(parameters);
  require<ConfigError>(!needs.moments || evidence.input_factor != nullptr,
                       "{}: the second moments of the layer's inputs are not known; they are measured on "
                       "calibration images, in an experiment",
                       step.name);
  require<ConfigError>(
      !needs.importance || !evidence.importance.empty(),
      "{}{} weighs by importance, which is not known here; it is measured in comparisons of policies, whose "
      "candidates name `saliencies`, and by trainings of kind fine_tune",
      step.name, given_text(*step.transform, parameters));
}

// A unit whose levels all mean zero needs no levels.
void drop_zero_units(LayerCode& code, const UnitMap& units) {
  std::vector<std::uint8_t> used(units.count);
  for_each_unit_run(units, 0, code.levels.size(),
                    [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                      const std::int32_t zero = code.zero_level.empty() ? 0 : code.zero_level[unit];
                      used[unit] |= std::any_of(code.levels.begin() + static_cast<std::ptrdiff_t>(begin),
                                                code.levels.begin() + static_cast<std::ptrdiff_t>(end),
                                                [zero](std::int32_t level) { return level != zero; });
                    });
  for (std::size_t unit = 0; unit < used.size(); ++unit) {
    if (used[unit] == 0) code.step_code[unit] = 0;
  }
}

}  // namespace

LayerCode transform_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence) {
  check_candidate(candidate, "candidate");
  const MatrixShape matrix = matrix_shape(shape);
  ensure(static_cast<std::int64_t>(weights.size()) == matrix.count(), "{} weights of a shape of {}",
         weights.size(), matrix.count());
  LayerCode code;
  code.shape = matrix;
  code.values.assign(weights.begin(), weights.end());
  code.original = weights;
  if (loses(candidate)) check_lossy_input(weights, evidence);
  const LayerUnits cut = cut_layer(candidate, matrix);
  const CoderRates rates(candidate, shape);
  for (const ChainStep& step : transforms_of(candidate)) {
    if (matrix.count() > 0) check_needs(step, candidate.parameters, evidence);
    step.transform->apply(code, {cut, evidence, rates}, candidate.parameters);
  }
  if (code.quantized) {
    drop_zero_units(code, cut.step_units);
    code.values = std::vector<float>();  // levels have taken their place, and need the memory
  }
  code.original = {};
  return code;
}

}  // namespace adagrain
