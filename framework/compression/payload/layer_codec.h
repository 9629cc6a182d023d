// One tensor to bytes and back: candidate -> transforms -> streams -> coder.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/candidate.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/tensor.h"

namespace adagrain {

// Where the bytes of a payload go; they add up to the payload's size.
struct PayloadParts {
  std::uint64_t metadata_bytes = 0;  // granularity, scheme, parameters, steps, unit masks
  std::uint64_t table_bytes = 0;     // the coder's frequency tables, and which weights they are for
  std::uint64_t data_bytes = 0;      // coded weights
  std::uint64_t total() const { return metadata_bytes + table_bytes + data_bytes; }
};

struct EncodedLayer {
  std::vector<std::uint8_t> payload;
  PayloadParts parts;
};

// Of weights that are quantised or pruned: sums, squares and rounded-up steps of values up to here stay far
// from infinity.
inline constexpr float kLargestLossyMagnitude = 0x1p+120F;

// Applies the candidate's transforms. Throws ConfigError for a bad candidate, DataError for weights
// to be quantised or pruned that are NaN, infinite or beyond 2^120. Lossless schemes keep every bit pattern.
LayerCode transform_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence = {});

// The coder alone, on what `transform_layer` made of that candidate and shape. Threads are used where streams
// are interleaved and layers have more than 4 Mi weights.
EncodedLayer encode_layer(const LayerCode& code, const Shape& shape, const Candidate& candidate,
                          int threads = 1);

// transform_layer, then the coder. Deterministic: the same input gives the same bytes on every machine, by
// any number of threads.
EncodedLayer encode_layer(std::span<const float> weights, const Shape& shape, const Candidate& candidate,
                          const LayerEvidence& evidence = {}, int threads = 1);

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

// What a payload says of itself, for `inspect` and the accelerator. The candidate's parameters are what the
// decoder needs beside the levels (block shape), not what only the encoder knew (target sparsity).
struct PayloadInfo {
  Candidate candidate;
  std::optional<StoredLevels> levels;  // of a quantised layer that is not empty
  std::string coder;                   // of the weights: "raw", "static" (tables), "adaptive", "interleaved"
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

}  // namespace adagrain
