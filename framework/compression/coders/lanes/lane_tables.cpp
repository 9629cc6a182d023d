#include "framework/compression/coders/lanes/lane_tables.h"

#include <algorithm>
#include <vector>

namespace adagrain {

FastTables::FastTables(std::span<const std::uint32_t, coarse_symbols> frequencies) {
  std::uint32_t slot = 0;
  for (std::size_t symbol = 0; symbol < coarse_symbols; ++symbol) {
    const std::uint32_t f = frequencies[symbol];
    frequency[symbol] = static_cast<std::uint8_t>(f);
    start[symbol] = static_cast<std::uint8_t>(slot);
    reciprocal[symbol] = static_cast<std::uint16_t>(f == 0 ? 0 : std::min<std::uint32_t>(65535, 65536 / f));
    std::fill_n(symbol_of.begin() + slot, f, static_cast<std::uint8_t>(symbol));
    slot += f;
  }
}

PreciseTables::PreciseTables(std::span<const std::uint32_t, coarse_symbols> frequencies) {
  constexpr std::uint32_t width = 4096 / coarse_symbols;
  std::array<std::uint32_t, coarse_symbols> left;  // occurrences 0 .. left - 1 have no slot yet
  std::vector<std::size_t> poor, rich;
  std::uint32_t sum = 0;
  for (std::size_t symbol = 0; symbol < coarse_symbols; ++symbol) {
    left[symbol] = frequencies[symbol];
    frequency[symbol] = static_cast<std::uint16_t>(frequencies[symbol]);
    start[symbol] = static_cast<std::uint16_t>(sum);
    sum += frequencies[symbol];
    (left[symbol] < width ? poor : rich).push_back(symbol);
  }
  // The last `count` occurrences left take the slots from `slot` on; returns the first one's number.
  const auto deal = [&](std::size_t symbol, std::size_t slot, std::uint32_t count) {
    const std::uint32_t first = left[symbol] -= count;
    for (std::uint32_t i = 0; i < count; ++i)
      slot_of[start[symbol] + first + i] = static_cast<std::uint16_t>(slot + i);
    return first;
  };
  // The frequencies add up to all slots: as long as some symbol has less than its bucket, another has more.
  while (!poor.empty()) {
    const std::size_t b = poor.back(), other = rich.back();
    poor.pop_back();
    const std::uint32_t share = left[b];
    deal(b, width * b, share);
    const std::uint32_t first = deal(other, width * b + share, width - share);
    bucket[b] = static_cast<std::uint16_t>(share | other << 8);
    adjust[b] = static_cast<std::uint16_t>(first - share);
    if (left[other] < width) {
      rich.pop_back();
      poor.push_back(other);
    }
  }
  for (const std::size_t b : rich) {
    deal(b, width * b, width);
    bucket[b] = width;
    adjust[b] = 0;
  }
}

}  // namespace adagrain
