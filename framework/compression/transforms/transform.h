// Lossy steps of a scheme. A transform rewrites a LayerCode on the encoder's side; `reconstruct` turns any
// LayerCode back into weights, so a new transform needs no decoder of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/granularities/granularity.h"
#include "framework/compression/parameters.h"

namespace adagrain {

// A layer between its weights and its bytes.
struct LayerCode {
  MatrixShape shape;
  std::vector<float> values;        // [element]; zero where pruned; what is stored unless quantised
  std::vector<std::uint8_t> alive;  // [unit]; empty while no unit was pruned; a dead unit is all zeros

  // Filled by quantisation; weight = step[unit] * (level + offset_levels[unit]).
  bool quantized = false;
  std::vector<std::int32_t> levels;      // [element]
  std::vector<float> step;               // [unit], > 0, exactly as the container stores it
  std::vector<std::int32_t> zero_level;  // [unit]; the level that means zero; empty when symmetric (all 0)
  int bits = 0;  // fixed-width code length of a level when no entropy coder follows, 1..16
};

// The weights that decoding this code gives, row-major.
std::vector<float> reconstruct(const LayerCode& code, const UnitMap& units);

// What a transform may know beyond the weights. Spans may be empty.
struct LayerEvidence {
  std::span<const float>
      importance;  // [element], >= 0: diagonal of the empirical Fisher, mean squared gradient
};

class Transform {
 public:
  static constexpr const char* kind = "transform";
  virtual ~Transform() = default;

  virtual std::span<const ParameterSpec> parameters() const = 0;
  virtual void apply(LayerCode& code, const UnitMap& units, const LayerEvidence& evidence,
                     const Parameters& parameters) const = 0;
};

}  // namespace adagrain
