// Levels as symbols: how far each stands above the lowest one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/compression/coders/layer_coder.h"
#include "framework/core/error.h"

namespace adagrain {

// Symbols have 16 bits.
constexpr std::uint64_t kLargestAlphabet = 65536;
constexpr std::int32_t kLargestLowest = 1 << 16;  // in magnitude, of a lowest level

// Why levels cannot be symbols of at most `alphabet` values; empty where they can.
inline std::string level_refusal(const LayerValues& layer, std::uint64_t alphabet) {
  if (!layer.levels() ||
      (layer.alphabet() <= alphabet && layer.lowest > -kLargestLowest && layer.lowest < kLargestLowest))
    return "";
  return fmt::format("codes up to {} different levels, not {} to {}", alphabet, layer.lowest, layer.highest);
}

// (level - lowest) / stride, [coded weight]
inline std::vector<std::uint16_t> level_symbols(const LayerValues& layer, std::int32_t lowest,
                                                std::int32_t stride = 1) {
  std::vector<std::uint16_t> symbols(layer.coded.count);
  std::uint16_t* next = symbols.data();
  const std::int32_t* const levels = layer.code.levels.data();
  for (const ElementRange& range : layer.coded.ranges) {
    const std::int32_t* level = levels + range.begin;
    const std::int32_t* const end = levels + range.end;
    // No division where there is nothing to divide by: it would take longer than all else.
    if (stride == 1) {
      for (; level < end; ++level) *next++ = static_cast<std::uint16_t>(*level - lowest);
    } else {
      for (; level < end; ++level) *next++ = static_cast<std::uint16_t>((*level - lowest) / stride);
    }
  }
  return symbols;
}

// The symbol that means 0, or would; none where units have zero levels of their own.
inline std::optional<std::int32_t> zero_symbol(const LayerValues& layer) {
  const std::vector<std::uint8_t>& zero_level = layer.code.zero_level;
  if (zero_level.empty()) return -layer.lowest;
  if (zero_level.size() > 1) return std::nullopt;
  return zero_level[0] - layer.lowest;
}

// Signs go last (zigzag): 0, -1, 1, -2, ... are 0, 1, 2, 3, ...
inline void append_lowest(Bytes& out, std::int32_t lowest) {
  append_varint(out, static_cast<std::uint32_t>(lowest) << 1 ^ static_cast<std::uint32_t>(lowest >> 31));
}
inline std::int32_t read_lowest(ByteReader& reader) {
  const std::uint64_t folded = reader.varint();
  require<DataError>(folded < 2 * std::uint64_t{kLargestLowest},
                     "layer payload: lowest level number {}; "
                     "allowed below {}",
                     folded, 2 * kLargestLowest);
  return static_cast<std::int32_t>(static_cast<std::int64_t>(folded >> 1) ^
                                   -static_cast<std::int64_t>(folded & 1));
}

}  // namespace adagrain
