// Lossy steps of a scheme. A transform rewrites a LayerCode on the encoder's side; `reconstruct` turns any
// LayerCode back into weights, so a new transform needs no decoder of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/granularities/granularity.h"
#include "framework/compression/input_factor.h"
#include "framework/compression/parameters.h"

namespace adagrain {

// How a layer is cut, by its granularity.
struct LayerUnits {
  UnitMap units;       // pruned, kept and clustered together
  UnitMap step_units;  // quantised with one step; equal to `units` or a single one
};

// A layer between its weights and its bytes.
struct LayerCode {
  MatrixShape shape;
  std::vector<float> values;        // [element]; zero where pruned; what is stored; none once quantised
  std::vector<std::uint8_t> alive;  // [unit]; empty while nothing was pruned; a dead unit is all zeros
  std::span<const float> original;  // [element], before any transform; the caller's, gone afterwards

  // Filled by quantisation: weight = step[step unit] * (level - zero_level[step unit]).
  bool quantized = false;
  std::vector<std::int32_t> levels;  // [element], lowest_level..highest_level
  std::int32_t lowest_level = 0, highest_level = 0;
  bool binary = false;                   // every weight that is not pruned is level -1 or 1
  float largest_step = 0;                // > 0; that of step code 1
  std::vector<std::uint8_t> step_code;   // [step unit]; 0: all zeros, else see step_of
  std::vector<std::uint8_t> zero_level;  // [step unit]; empty when symmetric (all 0)
};

// Steps fall in eighths of an octave: code k in 1..255 -> largest * 2^(-(k - 1) / 8), one byte each (the
// shared-exponent idea of microscaling formats, OCP MX 1.0, with three more bits of resolution).
float step_of(float largest_step, std::uint8_t code);

// The largest step itself takes two bytes: the upper half of a float32 (bfloat16), the least that is not
// below it.
std::uint16_t stored_step(float step);
float step_as_stored(std::uint16_t bits);

// The weights that decoding this code gives, row-major.
std::vector<float> reconstruct(const LayerCode& code, const LayerUnits& cut);

// What a transform may know beyond the weights. Any of it may be missing.
struct LayerEvidence {
  std::span<const float>
      importance;  // [element], >= 0: diagonal of the empirical Fisher, mean squared gradient
  const InputFactor* input_factor = nullptr;  // how the layer's inputs move together
};

// Of quantisation: the levels it chooses are then chosen anew, with what the coder takes for them in mind.
constexpr ParameterSpec kRateWeight = {
    "rate_weight", 0, 100, 0, false, "rate-distortion rounding, squared steps per bit; 0: nearest"};

class Transform {
 public:
  static constexpr const char* kind = "transform";
  virtual ~Transform() = default;

  virtual std::span<const ParameterSpec> parameters() const = 0;
  virtual void apply(LayerCode& code, const LayerUnits& cut, const LayerEvidence& evidence,
                     const Parameters& parameters) const = 0;
};

}  // namespace adagrain
