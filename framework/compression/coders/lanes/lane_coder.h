// Interleaved static rANS over bytes at memory speed. Symbols are reduced to a coarse alphabet of 64 (byte /
// 2^k around a centre; the low k bits are kept as bit planes, rare bytes in a list that is coded itself),
// whose tables fit into registers; up to 256 independent states take symbols in turn, 32 or 64 of them side
// by side in a register. STREAMS.md describes the bytes, which do not depend on the instruction set.
//
// Which precision:
//   fast      probabilities in 1/256, what is rarer in the list. Where speed counts: 0.3 to 0.5 % over the
//             entropy of dense symbols, 1.0 % on sparse ones, twice that in streams of 100 kB; several
//             gigabytes a second, encoding included.
//   precise   probabilities in 1/4096: within 0.3 % on dense symbols and 0.4 % on sparse ones. Encodes at
//             a third to a half of the speed of fast, decodes at half.
// Both adapt poorly to streams of a few hundred symbols: there coders/ans.cpp has less to store.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/coders/frequency_table.h"
#include "framework/compression/coders/lanes/isa.h"
#include "framework/core/bytes.h"

namespace adagrain {

enum class LanePrecision : std::uint8_t { fast = 0, precise = 1 };

// Symbols coded on their own, so that chunks are encoded, decoded and reached independently.
constexpr std::size_t kLaneChunkSymbols = std::size_t{1} << 22;

Bytes encode_lanes(std::span<const std::uint8_t> symbols, LanePrecision precision, int threads = 1,
                   Isa isa = chosen_isa());

// What a chunk says of itself before its symbols (STREAMS.md).
struct LaneChunkFront {
  bool stored = false;    // the symbols follow as they are; nothing else of this is there
  int raw_bits = 0;       // low bits of each symbol that stand beside the code, 0..2
  std::size_t lanes = 1;  // states side by side, a power of two up to 256
  std::uint8_t base = 0;
  FrequencyTable table;          // of coarse symbols
  std::uint64_t prefix = 0;      // symbols that the lanes begin from
  std::uint64_t escapes = 0;     // symbols in the list
  std::uint64_t list_bytes = 0;  // of the list
};

// A stream's chunks, any of which decodes without the others. Looks at the lengths alone; `bytes` must
// outlive it.
class LaneChunks {
 public:
  // Throws DataError when `bytes` cannot be one whole stream of so many symbols.
  LaneChunks(std::span<const std::uint8_t> bytes, std::size_t symbols);

  LanePrecision precision() const { return precision_; }
  std::size_t count() const { return chunks_.size(); }
  std::span<const std::uint8_t> bytes(std::size_t chunk) const { return chunks_[chunk]; }
  // Chunk number i holds symbols begin(i) .. begin(i + 1) - 1.
  std::size_t begin(std::size_t chunk) const { return std::min(chunk * kLaneChunkSymbols, symbols_); }

  // Throws DataError when it cannot be read.
  LaneChunkFront front(std::size_t chunk) const;
  // Fills `symbols`, as many as the chunk holds. Throws DataError when that is not what encode_lanes wrote;
  // never reads outside it.
  void decode(std::size_t chunk, std::span<std::uint8_t> symbols, Isa isa = chosen_isa()) const;

 private:
  LanePrecision precision_;
  std::size_t symbols_;
  std::vector<std::span<const std::uint8_t>> chunks_;
};

// All chunks, `threads` at a time. Throws as LaneChunks does.
void decode_lanes(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols, int threads = 1,
                  Isa isa = chosen_isa());

}  // namespace adagrain
