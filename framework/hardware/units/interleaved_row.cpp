#include "framework/hardware/units/interleaved_row.h"

#include <algorithm>
#include <bit>

#include "framework/compression/coders/lanes/coarse_fit.h"
#include "framework/compression/coders/lanes/lane_prefix.h"
#include "framework/compression/coders/lanes/lane_step.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

constexpr std::size_t kHeldBytes = 32, kWordBytes = 8;
constexpr std::size_t kStateBytes = 5;                    // of the buffer that a state may reach into
constexpr std::size_t kWordsAGroup = 6, kWordsOfOne = 2;  // eight states carry 12 bits each; a state is 32

}  // namespace

InterleavedRow::InterleavedRow(const ChunkParts& parts, std::size_t symbols, InputRate code)
    : coded_(parts.coded),
      prefix_(parts.prefix),
      left_(symbols),
      states_(parts.lanes),
      unread_(parts.coded.size()),
      port_(code) {
  ensure(!parts.stored && parts.table.precision == PreciseLane::precision && prefix_ <= symbols,
         "interleaved row: a chunk of another profile, or stored as it is");
  tables_ = std::make_unique<const PreciseDecodeTables>(all_frequencies(parts.table));
}

std::uint8_t InterleavedRow::byte(std::size_t i) const {
  return i < unread_ ? coded_[unread_ - 1 - i] : std::uint8_t{0};
}

void InterleavedRow::take(std::size_t bytes) {
  bad_ |= bytes > shown();
  bytes = std::min(bytes, shown());
  held_ -= bytes;
  unread_ -= bytes;
}

std::uint32_t InterleavedRow::step(std::uint32_t& state) const {
  return PreciseLane::decode(*tables_, state);
}

bool InterleavedRow::tick(bool ready, CoarseRow& row) {
  const bool loads =
      held_ <= kHeldBytes - kWordBytes && port_.words() * kWordBytes < coded_.size() && port_.offers(cycle_);
  bool leaves = false;
  switch (phase_) {
    case Phase::states:
      read_state();
      break;
    case Phase::write:
      phase_ = Phase::read;
      break;
    case Phase::read:
      phase_ = Phase::rows;
      break;
    case Phase::rows:
      leaves = decode_row(ready, row);
      break;
    case Phase::carry:
      phase_ = Phase::prefix;
      break;
    case Phase::prefix:
      leaves = decode_prefix(ready, row);
      break;
  }
  if (loads) {
    port_.take(cycle_);
    held_ += kWordBytes;
  }
  ++cycle_;
  return leaves;
}

void InterleavedRow::read_state() {
  if (shown() < kStateBytes && shown() < unread_) {
    ++starved_;
    return;
  }
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kStateBytes; ++i) bits |= std::uint64_t{byte(i)} << (8 * i);
  bits >>= bit_;
  const auto below = static_cast<std::uint32_t>(bits & 15) + PreciseLane::lowest_width - 1;
  states_[lane_++] =
      1u << below | (static_cast<std::uint32_t>(bits >> PreciseLane::width_bits) & ((1u << below) - 1));
  bit_ += PreciseLane::width_bits + below;
  const bool last = lane_ == states_.size();
  take(last ? (bit_ + 7) / 8 : bit_ / 8);
  bit_ %= 8;
  if (last) phase_ = states_.size() > kRowLanes ? Phase::write : Phase::rows;
}

bool InterleavedRow::decode_row(bool ready, CoarseRow& row) {
  const auto after_rows = [&] {
    if (carry_prefix(states_.size())) phase_ = states_.size() > kRowLanes ? Phase::carry : Phase::prefix;
  };
  if (left_ == prefix_) {
    after_rows();
    return false;
  }
  const std::size_t width = std::min(states_.size(), kRowLanes);
  const std::size_t base = (left_ - 1) / width * width, first = std::max(base, prefix_);
  // What the lanes would do; they do it where there are words enough for all.
  std::array<std::uint32_t, kRowLanes> next;
  std::size_t words = 0;
  CoarseRow decoded{base, 0, {}};
  for (std::size_t place = first; place < left_; ++place) {
    std::uint32_t& state = next[place - base] = states_[place & (states_.size() - 1)];
    decoded.symbols[place - base] = static_cast<std::uint8_t>(step(state));
    decoded.lanes |= static_cast<std::uint8_t>(1u << (place - base));
    words += state < PreciseLane::lowest;
  }
  if (2 * words > shown() && shown() < unread_) {
    ++starved_;
    return false;
  }
  if (!ready) return false;
  std::size_t taken = 0;
  for (std::size_t place = left_; place-- > first;) {
    std::uint32_t& state = next[place - base];
    if (state < PreciseLane::lowest) {
      state = state << 16 | std::uint32_t{byte(taken)} << 8 | byte(taken + 1);
      taken += 2;
    }
    states_[place & (states_.size() - 1)] = state;
  }
  take(taken);
  left_ = first;
  row = decoded;
  if (left_ == prefix_) after_rows();
  return true;
}

bool InterleavedRow::decode_prefix(bool ready, CoarseRow& row) {
  const std::size_t all = states_.size() / kRowLanes * kWordsAGroup;
  if (carried_next_ == carried_read_ && carried_read_ < all) {
    const std::size_t group = states_.size() / kRowLanes - 1 - carried_read_ / kWordsAGroup;
    BitWriter bits;
    for (std::size_t i = 0; i < kRowLanes; ++i)
      bits.write(states_[group * kRowLanes + i] & (PreciseLane::lowest - 1), PreciseLane::precision);
    const Bytes bytes = bits.take();
    for (std::size_t word = kWordsAGroup; word-- > 0;)
      carried_.push_back(load_little_endian<std::uint16_t>(&bytes[2 * word]));
    if (carried_read_ == 0) {
      one_ = std::uint32_t{carried_[0]} << 16 | carried_[1];
      bad_ |= one_ >= PreciseLane::highest;
      one_ &= PreciseLane::highest - 1;
      carried_next_ = kWordsOfOne;
    }
    carried_read_ += kWordsAGroup;
    return false;
  }
  if (left_ == 0 || !ready) return false;
  row = {left_ - 1, 1, {static_cast<std::uint8_t>(step(one_))}};
  if (one_ < PreciseLane::lowest) {
    const bool there = carried_next_ < carried_read_;
    bad_ |= !there;
    one_ = one_ << 16 | (there ? carried_[carried_next_++] : 0u);
  }
  --left_;
  return true;
}

bool InterleavedRow::ended_well() const {
  if (bad_ || left_ > 0 || unread_ > 0) return false;
  if (carry_prefix(states_.size())) return prefix_ == 0 || one_ == PreciseLane::lowest;
  return std::all_of(states_.begin(), states_.end(),
                     [](std::uint32_t state) { return state == PreciseLane::lowest; });
}

}  // namespace adagrain
