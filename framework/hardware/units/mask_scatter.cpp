#include "framework/hardware/units/mask_scatter.h"

#include <algorithm>
#include <array>

#include "framework/core/error.h"

namespace adagrain {
namespace {

constexpr std::size_t kRow = 8, kRowsAWord = 8, kMostValues = 16;

}  // namespace

MaskScatter::MaskScatter(std::span<const std::uint8_t> mask, std::size_t values, const ScatterInput& input)
    : mask_(mask),
      values_(values),
      group_(input.group),
      mask_port_(input.mask_words),
      value_port_(input.value_groups) {
  ensure(group_ >= 1 && group_ <= kRow, "mask scatter: groups of {} values; 1 to 8", group_);
  const auto wanted = static_cast<std::size_t>(
      std::count_if(mask.begin(), mask.end(), [](std::uint8_t bit) { return bit != 0; }));
  require<DataError>(wanted == values, "mask scatter: {} values for a mask of {}", values, wanted);
}

bool MaskScatter::next_row(std::span<std::size_t, 8> value_at) {
  if (place_ == mask_.size()) return false;
  const std::size_t row = std::min(kRow, mask_.size() - place_);
  std::size_t next = used_;
  for (std::size_t i = 0; i < kRow; ++i) value_at[i] = i < row && mask_[place_ + i] != 0 ? next++ : kNoValue;
  for (bool leaves = false; !leaves; ++cycle_) {
    const bool room_for_mask = rows_held_ <= kRowsAWord;
    leaves = rows_held_ > 0 && taken_ >= next;
    if (leaves) {
      --rows_held_;
      place_ += row;
      used_ = next;
    }
    starved_ += !leaves;
    if (room_for_mask && mask_port_.words() * 8 * kRowsAWord < mask_.size() && mask_port_.offers(cycle_)) {
      mask_port_.take(cycle_);
      rows_held_ += kRowsAWord;
    }
    // Room for a group beside what the row has left.
    if (taken_ - used_ <= kMostValues - kRow && taken_ < values_ && value_port_.offers(cycle_)) {
      value_port_.take(cycle_);
      taken_ += std::min(group_, values_ - taken_);
    }
  }
  return true;
}

template <typename Value>
UnitCycles scatter(std::span<const std::uint8_t> mask, std::span<const Value> values,
                   const ScatterInput& input, std::span<Value> places) {
  ensure(places.size() == mask.size(), "mask scatter: a mask of {} for {} places", mask.size(),
         places.size());
  MaskScatter unit(mask, values.size(), input);
  std::array<std::size_t, kRow> value_at;
  for (std::size_t place = 0; unit.next_row(value_at); place += kRow) {
    for (std::size_t i = 0; i < kRow && place + i < places.size(); ++i)
      places[place + i] = value_at[i] == MaskScatter::kNoValue ? Value{} : values[value_at[i]];
  }
  return unit.cycles();
}

template UnitCycles scatter(std::span<const std::uint8_t>, std::span<const std::int8_t>, const ScatterInput&,
                            std::span<std::int8_t>);
template UnitCycles scatter(std::span<const std::uint8_t>, std::span<const float>, const ScatterInput&,
                            std::span<float>);

}  // namespace adagrain
