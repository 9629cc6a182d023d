// Rate-distortion optimised quantisation (RDOQ): a level closer to zero is taken where the bits it saves
// outweigh the error it adds. Between the transforms and the coder, for it asks the coder what levels cost.
#pragma once

#include "framework/compression/candidate.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/tensor.h"

namespace adagrain {

// Minimises, weight by weight, (w / step - level)^2 * (1 + importance / mean importance) / 2 + rate_weight *
// bits(level) over the nearest level, the one next to it towards zero, and zero. `code` has been quantised
// with symmetric levels, each the nearest. bits(level) is what the level takes
// - by the adaptive coder, where it may follow: its probabilities at that place of the stream, all levels
//   before it decided;
// - else by the probability table of its group, tables chosen and counted anew in each of a few rounds;
// - without a coder: by one such table.
void lower_rate(LayerCode& code, const Shape& shape, const LayerUnits& cut, const Candidate& candidate,
                const LayerEvidence& evidence, double rate_weight);

}  // namespace adagrain
