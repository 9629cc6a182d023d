// A layer through its bytes and back.
#pragma once

#include <string>
#include <vector>

#include "framework/compression/payload/layer_codec.h"

namespace adagrain {

inline std::vector<float> round_trip(const std::vector<float>& weights, const Shape& shape,
                                     const std::string& candidate, const LayerEvidence& evidence = {}) {
  return decode_layer(encode_layer(weights, shape, parse_candidate(candidate), evidence).payload, shape)
      .weights;
}

}  // namespace adagrain
