// What decodes a chunk of interleaved rANS, profile precise, to bytes: a row of lanes and the unit that adds
// raw bits and escapes, rtl/interleaved_decoder.v cycle by cycle.
//
// Rows go through one register: a row leaves a cycle after its symbols were decoded, later by one for each
// escape beyond its first, and not before the planes of its 64 symbols are there, of which four words are
// held. Escapes come one a cycle out of a memory, where they are before the chunk begins.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/hardware/units/interleaved_row.h"

namespace adagrain {

struct ByteRow {
  std::size_t at = 0;      // place of the first byte in the chunk
  std::uint8_t lanes = 0;  // bit i: place at + i has a byte
  std::array<std::uint8_t, kRowLanes> bytes{};
};

struct InterleavedRates {
  InputRate code, planes;
};

class InterleavedDecoder {
 public:
  // As InterleavedRow; `escapes` are the chunk's, decoded, none above 255 >> raw bits.
  InterleavedDecoder(const ChunkParts& parts, std::size_t symbols, std::span<const std::uint8_t> escapes,
                     const InterleavedRates& rates);

  // The next row, the last one of the chunk first; false after the first one of the chunk. `cycles` then
  // tells in which cycle it left, counted from 1.
  bool next_row(ByteRow& row);

  // `words`: of code, states and planes.
  UnitCycles cycles() const;
  bool ended_well() const { return row_.ended_well() && escapes_left_ == 0 && !bad_; }

 private:
  bool tick(ByteRow& row);

  InterleavedRow row_;
  std::uint8_t base_;
  int raw_bits_;
  std::span<const std::uint8_t> planes_, escapes_;
  std::size_t escapes_left_;
  bool full_ = false, bad_ = false;
  CoarseRow waiting_;              // in the register, escapes in their place as far as they were taken
  std::uint8_t pending_ = 0;       // lanes whose escape was not taken
  std::uint32_t planes_held_ = 0;  // words
  InputPort plane_port_;
};

struct InterleavedRun {
  UnitCycles chunk;  // decoding it, without table and list
  UnitCycles list;   // decoding or loading its escapes before
  std::uint64_t table_writes = 0;
};

// A whole chunk of profile precise, its list of escapes first. Throws DataError where decode_chunk does, or
// where a state does not end where it may.
InterleavedRun decode_interleaved(std::span<const std::uint8_t> chunk, const InterleavedRates& rates,
                                  std::span<std::uint8_t> symbols);

}  // namespace adagrain
