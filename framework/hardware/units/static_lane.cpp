#include "framework/hardware/units/static_lane.h"

#include <algorithm>

#include "framework/core/error.h"

namespace adagrain {
namespace {

constexpr std::uint32_t kLowestState = 1u << 23, kInitialState = 16;
constexpr std::size_t kWordBytes = 8, kShownBytes = 2;

}  // namespace

SlotTable slot_table(const FrequencyTable& table) {
  SlotTable slots{table.precision, {}};
  slots.entries.reserve(std::size_t{1} << table.precision);
  for (std::size_t i = 0; i < table.frequency.size(); ++i) {
    for (std::uint32_t bias = 0; bias < table.frequency[i]; ++bias) {
      slots.entries.push_back({static_cast<std::uint16_t>(table.first + i),
                               static_cast<std::uint16_t>(table.frequency[i] - 1),
                               static_cast<std::uint16_t>(bias)});
    }
  }
  return slots;
}

std::uint16_t StaticLane::decode(std::size_t table) {
  ensure(table < tables_.size() && !tables_[table].entries.empty(), "static lane: table {} is not loaded",
         table);
  std::uint16_t symbol = 0;
  while (!tick(tables_[table], symbol)) {
  }
  return symbol;
}

bool StaticLane::tick(const SlotTable& table, std::uint16_t& symbol) {
  const std::size_t shown = std::min({kShownBytes, held_, left_});
  const bool ended = shown == left_;
  const bool loads = at_ + left_ > port_.words() * kWordBytes && held_ <= kWordBytes && port_.offers(cycle_);
  std::uint32_t next = state_;
  if (!filling_) {
    const SlotTable::Entry& entry = table.entries[state_ & ((1u << table.precision) - 1)];
    next = (entry.frequency_less_one + 1u) * (state_ >> table.precision) + entry.bias;
    symbol = entry.symbol;
  }
  const std::size_t wanted = next < 1u << 15 ? 2 : next < kLowestState ? 1 : 0;
  const bool goes = wanted <= shown || ended;
  const bool decoded = goes && !filling_;
  if (goes) {
    const std::size_t taken = std::min(wanted, shown);
    for (std::size_t i = 0; i < taken; ++i) next = next << 8 | code_[at_ + i];
    at_ += taken;
    left_ -= taken;
    held_ -= taken;
    state_ = next;
    filling_ = filling_ && next < kLowestState && !(ended && taken == shown);
  } else {
    ++starved_;
  }
  if (loads) {
    port_.take(cycle_);
    held_ += kWordBytes;
  }
  ++cycle_;
  return decoded;
}

UnitCycles decode_static(std::span<const SlotTable> tables, std::span<const std::uint8_t> code,
                         std::span<const std::uint8_t> table_of, InputRate rate,
                         std::span<std::uint16_t> symbols) {
  StaticLane lane(tables, code, rate);
  for (std::size_t i = 0; i < symbols.size(); ++i)
    symbols[i] = lane.decode(table_of.empty() ? 0 : table_of[i]);
  require<DataError>(
      symbols.empty() || (lane.state() == kInitialState && lane.bytes_left() == 0),
      "static lane: the code ends in state {} with {} bytes left; expected: state {}, none left",
      lane.state(), lane.bytes_left(), kInitialState);
  return lane.cycles();
}

}  // namespace adagrain
