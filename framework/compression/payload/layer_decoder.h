// The bytes of a payload to the layer's weights.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/payload/layer_payload.h"
#include "framework/core/tensor.h"

namespace adagrain {

class PayloadView;

// The levels of a quantised payload, as they are stored: asymmetric ones still with their zero level.
struct StoredLevels {
  float step = 0;  // the largest one where units have steps of their own; 0: every weight is zero
  bool one_step = true;
  bool symmetric = true;
  // Over all coded weights; 0 where there are none.
  std::int32_t lowest = 0;
  std::int32_t highest = 0;
  std::uint32_t bits = 0;  // a level's without entropy coding: as the payload's range of levels asks for
};

// What a payload says of itself, for `inspect` and the accelerator. Of the candidate there is what the
// decoder needs: granularity and coder. Of its transforms there are traces alone, not their names or
// parameters.
struct PayloadInfo {
  std::string granularity;
  Parameters granularity_parameters;   // block shape
  bool pruned = false;                 // some transform put units to zero
  bool quantized = false;              // weights are levels
  std::string coder;                   // "raw", "static", "adaptive", "interleaved"
  std::optional<StoredLevels> levels;  // of a quantised layer that is not empty
  PayloadParts parts;
  std::uint32_t units = 0;
  std::uint32_t dead_units = 0;
  std::uint64_t coded_symbols = 0;  // symbols that run through the decoder
  std::uint64_t nonzero_weights = 0;
};

struct DecodedLayer {
  std::vector<float> weights;  // row-major
  PayloadInfo info;
};

// Throws DataError on any payload that encode_layer cannot have written for this shape; memory is bounded by
// the shape's size, which the caller has checked. Threads as in encode_layer.
DecodedLayer decode_layer(std::span<const std::uint8_t> payload, const Shape& shape, int threads = 1);
// The same of a payload that is parsed already.
DecodedLayer decode_layer(const PayloadView& view, int threads = 1);

// What the encoder was given: steps, and the levels or values of all weights. For whoever codes them again.
LayerCode decode_code(const PayloadView& view, int threads = 1);

}  // namespace adagrain
