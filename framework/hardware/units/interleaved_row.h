// Eight lanes side by side of interleaved rANS, profile precise, with their buffer: rtl/interleaved_row.v and
// rtl/backward_buffer.v cycle by cycle. Decodes coarse symbols, the last row of a chunk first; coders/lanes/
// STREAMS.md has the bytes.
//
// Cycle 0 is the one after the start. First a state a cycle is read, beyond 8 lanes two cycles more; then a
// row of eight symbols a cycle (as many as there are lanes, where these are fewer), or none where the buffer
// shows fewer words than the lanes want; at last the prefix, a symbol a cycle, and a cycle for each eight
// states that carry it. The buffer holds 32 bytes and takes a 64-bit word in a cycle that it begins with at
// most 24.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framework/compression/coders/lanes/chunk_parts.h"
#include "framework/compression/coders/lanes/lane_tables.h"
#include "framework/hardware/units/input_port.h"

namespace adagrain {

constexpr std::size_t kRowLanes = 8;
constexpr std::uint64_t kAliasWrites = 64;  // cycles to load the table of a chunk

struct CoarseRow {
  std::size_t at = 0;      // place of lane 0's symbol in the chunk
  std::uint8_t lanes = 0;  // bit i: place at + i has a symbol
  std::array<std::uint8_t, kRowLanes> symbols{};
};

class InterleavedRow {
 public:
  // Of a chunk of profile precise that is not stored. What `parts` refers to must outlive the unit.
  InterleavedRow(const ChunkParts& parts, std::size_t symbols, InputRate code);

  // One cycle: whether a row leaves, which needs that whoever takes it is ready.
  bool tick(bool ready, CoarseRow& row);

  std::size_t left() const { return left_; }  // symbols
  UnitCycles cycles() const { return {cycle_, starved_, port_.words(), port_.cycles()}; }
  // After the last symbol: whether the code was all there was, and the lanes ended where they may.
  bool ended_well() const;

 private:
  enum class Phase { states, write, read, rows, carry, prefix };
  void read_state();
  bool decode_row(bool ready, CoarseRow& row);
  bool decode_prefix(bool ready, CoarseRow& row);
  std::uint32_t step(std::uint32_t& state) const;  // returns the symbol
  std::uint8_t byte(std::size_t i) const;          // of the buffer, from the next one on
  std::size_t shown() const { return std::min(held_, unread_); }
  void take(std::size_t bytes);

  std::span<const std::uint8_t> coded_;
  std::unique_ptr<const PreciseDecodeTables> tables_;
  std::size_t prefix_, left_;
  std::vector<std::uint32_t> states_;  // [lane]
  Phase phase_ = Phase::states;
  std::size_t lane_ = 0, bit_ = 0;  // of phase states: the next one's, in the first byte
  bool bad_ = false;
  // Of phase prefix: the carried words in the order in which they are taken, and how many of them were read.
  std::vector<std::uint16_t> carried_;
  std::size_t carried_next_ = 0, carried_read_ = 0;
  std::uint32_t one_ = 0;  // the one more lane's state

  std::size_t held_ = 0, unread_;  // bytes of the buffer, those beyond the chunk included; bytes not taken
  std::uint64_t cycle_ = 0, starved_ = 0;
  InputPort port_;
};

}  // namespace adagrain
