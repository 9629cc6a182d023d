#include "framework/hardware/units/fixed_width_unpacker.h"

#include <algorithm>
#include <array>
#include <bit>

#include "framework/core/error.h"

namespace adagrain {
namespace {

constexpr std::uint32_t kWordBits = 64;
constexpr int kNarrow = 8;  // bits; of wider symbols only four leave at once

}  // namespace

FixedWidthUnpacker::FixedWidthUnpacker(std::span<const std::uint8_t> packed, std::uint32_t alphabet,
                                       std::size_t symbols, InputRate rate)
    : packed_(packed), width_(std::bit_width(alphabet - 1)), left_(symbols), port_(rate) {
  ensure(alphabet > 0 && width_ <= 16, "fixed-width unpacker: an alphabet of {}; at most 65536", alphabet);
  const std::size_t wanted = (symbols * static_cast<std::size_t>(width_) + 7) / 8;
  require<DataError>(packed.size() == wanted, "fixed-width unpacker: {} bytes for {} symbols of {} bits",
                     packed.size(), symbols, width_);
}

std::size_t FixedWidthUnpacker::unpack(std::span<std::uint16_t, 8> group) {
  const std::size_t count = std::min<std::size_t>(left_, width_ > kNarrow ? 4 : 8);
  if (count == 0) return 0;
  const auto need = static_cast<std::uint32_t>(count) * static_cast<std::uint32_t>(width_);
  for (bool leaves = false; !leaves; ++cycle_) {
    leaves = held_ >= need;
    if (leaves) held_ -= need;
    starved_ += !leaves;
    if (held_ <= kWordBits && port_.words() * 8 < packed_.size() && port_.offers(cycle_)) {
      port_.take(cycle_);
      held_ += kWordBits;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t window = 0;
    for (std::size_t byte = 0; byte < 3 && at_ / 8 + byte < packed_.size(); ++byte)
      window |= std::uint32_t{packed_[at_ / 8 + byte]} << (8 * byte);
    group[i] = static_cast<std::uint16_t>(window >> at_ % 8 & ((1u << width_) - 1));
    at_ += static_cast<std::size_t>(width_);
  }
  left_ -= count;
  return count;
}

UnitCycles unpack_fixed_width(std::span<const std::uint8_t> packed, std::uint32_t alphabet, InputRate rate,
                              std::span<std::uint16_t> symbols) {
  FixedWidthUnpacker unpacker(packed, alphabet, symbols.size(), rate);
  std::array<std::uint16_t, 8> group;
  for (std::size_t at = 0; const std::size_t count = unpacker.unpack(group); at += count)
    std::copy_n(group.begin(), count, symbols.begin() + static_cast<std::ptrdiff_t>(at));
  return unpacker.cycles();
}

}  // namespace adagrain
