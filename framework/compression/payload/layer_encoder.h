// A layer to the bytes of its payload: candidate -> transforms -> coder.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/candidate.h"
#include "framework/compression/payload/coder_choice.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/compression/payload/layer_transform.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/tensor.h"

namespace adagrain {

struct EncodedLayer {
  std::vector<std::uint8_t> payload;
  PayloadParts parts;
  CoderChoice choice;  // which coder was taken, and what was asked
};

// The coder alone, on what `transform_layer` made of that candidate and shape. Throws ConfigError when the
// candidate names a coder that cannot take the layer. Threads are used where streams are interleaved and
// layers have more than 4 Mi weights.
EncodedLayer encode_layer(const LayerCode& code, const Shape& shape, const Candidate& candidate,
                          int threads = 1);

// transform_layer, then the coder. Deterministic: the same input gives the same bytes on every machine, by
// any number of threads.
EncodedLayer encode_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence = {}, int threads = 1);

}  // namespace adagrain
