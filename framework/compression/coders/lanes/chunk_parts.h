// A chunk's parts as they stand in its bytes, before any symbol is decoded.
#pragma once

#include <cstdint>
#include <span>

#include "framework/compression/coders/frequency_table.h"
#include "framework/compression/coders/lanes/lane_coder.h"

namespace adagrain {

struct ChunkParts {
  bool stored = false;    // symbols as they are, all of `coded`
  int raw_bits = 0;       // 0..2
  std::size_t lanes = 1;  // a power of two, 1..kMostLanes
  std::uint8_t base = 0;
  FrequencyTable table;    // of coarse symbols
  std::size_t prefix = 0;  // symbols
  std::uint64_t escapes = 0;
  std::span<const std::uint8_t> planes;
  std::span<const std::uint8_t> list;   // of escapes; as many bytes as escapes, or a chunk of profile precise
  std::span<const std::uint8_t> coded;  // code, then states
};

// Throws DataError when `bytes` cannot be one chunk of so many symbols.
ChunkParts read_chunk_parts(std::span<const std::uint8_t> bytes, LanePrecision precision,
                            std::size_t symbols);

}  // namespace adagrain
