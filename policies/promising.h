// Which candidates are worth measuring, and what the measured ones say of the others.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "framework/search/priced_candidate.h"

namespace adagrain {

// Two candidates that decode to the same weights hurt alike, whatever their bytes ([quantize] and
// [quantize, ans]): equal errors and sparsity identify them. [candidate] -> first member of its group.
std::vector<std::uint32_t> same_weights(std::span<const PricedCandidate> candidates);

// Up to `limit` candidates that lie on or near the lower hull of bytes against predicted damage, squared
// error standing in where Fisher was not measured, spread evenly along it; lossless ones, which need no
// measurement, and repeats of the same weights are left out. Indices in ascending order of damage.
std::vector<std::uint32_t> promising_candidates(std::span<const PricedCandidate> candidates,
                                                std::size_t limit);

// Measured divergences extended to the whole row. Unchanged weights: 0. Same weights as a measured one: its
// value. Others: predicted damage times the measured-to-predicted ratio, interpolated over the log of squared
// error, and a margin of a tenth, so that a guess must be clearly better than a measurement to be taken.
std::vector<double> fill_from_measured(std::span<const PricedCandidate> candidates,
                                       const std::map<std::uint32_t, double>& measured);

// The value at `key`, on straight lines between those known; beyond them the nearest. At least one is known.
double interpolated(const std::map<double, double>& known, double key);

}  // namespace adagrain
