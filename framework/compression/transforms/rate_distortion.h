// Rate-distortion optimised quantisation (RDOQ): a level closer to zero is taken where the bits it saves
// outweigh the error it adds.
#pragma once

#include "framework/compression/transforms/transform.h"

namespace adagrain {

// Minimises, weight by weight, (w / step - level)^2 * (1 + importance / mean importance) / 2 + rate_weight *
// bits(level) over the nearest level, the one next to it towards zero, and zero. bits(level) is the ideal
// code length under the layer's own histogram, measured anew in each of a few rounds. Symmetric levels only.
void lower_rate(LayerCode& code, const LayerUnits& cut, const LayerEvidence& evidence, double rate_weight);

}  // namespace adagrain
