// One lane of the static rANS coder `ans`, with its stream buffer: rtl/static_decoder.v cycle by cycle.
//
// Cycle 0 is the one after the start. Each cycle the lane decodes a symbol, or, before the first one, fills
// its state with up to two bytes; it waits where the state wants more bytes than the buffer shows. The buffer
// holds 16 bytes, shows two, and takes a 64-bit word where it holds at most eight. The first symbol leaves in
// cycle 3 at full rate: a word arrives in cycle 0, four bytes make a state in cycles 1 and 2.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/coders/frequency_table.h"
#include "framework/hardware/units/input_port.h"

namespace adagrain {

// What the lane's table memory holds: an entry for each of 2^precision slots. Loading it takes a write each.
struct SlotTable {
  struct Entry {
    std::uint16_t symbol, frequency_less_one, bias;  // bias: slot - first slot of the symbol
  };
  int precision = 0;
  std::vector<Entry> entries;  // [slot]
};
SlotTable slot_table(const FrequencyTable& table);

class StaticLane {
 public:
  // Both spans must outlive the lane.
  StaticLane(std::span<const SlotTable> tables, std::span<const std::uint8_t> code, InputRate rate)
      : tables_(tables), code_(code), left_(code.size()), port_(rate) {}

  // The next symbol, by that table; afterwards `cycles` tells in which cycle it left, counted from 1. Of a
  // damaged code the symbols are arbitrary, but always some of the table's.
  std::uint16_t decode(std::size_t table = 0);

  UnitCycles cycles() const { return {cycle_, starved_, port_.words(), port_.cycles()}; }
  // After the last symbol of a sound code: the state that the encoder began with, 16, and no byte.
  std::uint32_t state() const { return state_; }
  std::size_t bytes_left() const { return left_; }

 private:
  // One cycle; whether a symbol left.
  bool tick(const SlotTable& table, std::uint16_t& symbol);

  std::span<const SlotTable> tables_;
  std::span<const std::uint8_t> code_;
  std::size_t at_ = 0,
              held_ = 0;  // held: bytes of the buffer, those of the last word beyond the code included
  std::size_t left_;      // bytes of the code that were not taken yet
  std::uint32_t state_ = 0;
  bool filling_ = true;
  std::uint64_t cycle_ = 0, starved_ = 0;
  InputPort port_;
};

// A whole stream. `table_of` as in EntropyCoder: empty where there is one table. Throws DataError when the
// code does not end as the encoder's do.
UnitCycles decode_static(std::span<const SlotTable> tables, std::span<const std::uint8_t> code,
                         std::span<const std::uint8_t> table_of, InputRate rate,
                         std::span<std::uint16_t> symbols);

}  // namespace adagrain
