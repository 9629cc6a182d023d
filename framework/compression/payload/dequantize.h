// Levels to the weights they mean, and what can be said of them on the way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/payload/coded_weights.h"

namespace adagrain {

// How the symbols of a stream, or the levels of a layer, stand for levels: lowest + stride * symbol.
template <typename Symbol>
struct LevelSymbols {
  std::span<const Symbol> symbols;  // [coded weight], or [element]
  bool by_element = false;
  std::int32_t lowest = 0, stride = 1;
};

struct DequantizedLevels {
  std::vector<float> weights;  // [element]; +0 where not coded
  std::uint64_t nonzero = 0;   // weights
  // Over all coded weights; 0 where there are none.
  std::int32_t lowest = 0, highest = 0;
};

// step of its unit * (level - zero level of its unit) for each coded weight. Of `code`, steps and zero levels
// alone are read. Symbol: std::uint8_t, std::uint16_t or std::int32_t.
template <typename Symbol>
DequantizedLevels dequantize(const LayerCode& code, const LayerUnits& cut, const CodedWeights& coded,
                             const LevelSymbols<Symbol>& levels);

}  // namespace adagrain
