#include "framework/compression/coders/lanes/lane_tables.h"

#include <algorithm>

namespace adagrain {
namespace {

constexpr std::uint32_t kBucket = 4096 / kCoarseSymbols;  // slots

// Exact for every state below f 2^unit_bits: the reciprocal is too large by less than f / 2^n, which the
// state multiplies to less than 1 / f, as f <= 2^precision and n = 2 precision + unit_bits.
std::array<SymbolCode, kCoarseSymbols> symbol_codes(Frequencies frequencies, int precision, int unit_bits) {
  std::array<SymbolCode, kCoarseSymbols> codes;
  std::uint32_t start = 0;
  for (std::size_t symbol = 0; symbol < kCoarseSymbols; ++symbol) {
    const std::uint32_t f = frequencies[symbol];
    const std::uint64_t one = std::uint64_t{1} << (2 * precision + unit_bits);
    codes[symbol] = {f == 0 ? 0 : (one + f - 1) / f, f, start};
    start += f;
  }
  return codes;
}

}  // namespace

FastEncodeTables::FastEncodeTables(Frequencies frequencies) : code(symbol_codes(frequencies, 8, 8)) {
  for (std::size_t symbol = 0; symbol < kCoarseSymbols; ++symbol) {
    const std::uint32_t f = frequencies[symbol];
    frequency[symbol] = static_cast<std::uint8_t>(f);
    start[symbol] = static_cast<std::uint8_t>(code[symbol].start);
    reciprocal[symbol] = static_cast<std::uint16_t>(f == 0 ? 0 : std::min<std::uint32_t>(65535, 65536 / f));
  }
}

FastDecodeTables::FastDecodeTables(Frequencies frequencies) {
  std::uint32_t slot = 0;
  for (std::uint32_t symbol = 0; symbol < kCoarseSymbols; ++symbol) {
    const std::uint32_t f = frequencies[symbol];
    frequency[symbol] = static_cast<std::uint8_t>(f);
    start[symbol] = static_cast<std::uint8_t>(slot);
    for (std::uint32_t occurrence = 0; occurrence < f; ++occurrence, ++slot) {
      slots[slot] = FastSlot::of(symbol, occurrence, f);
      symbol_of[slot] = static_cast<std::uint8_t>(symbol);
    }
  }
}

AliasTables::AliasTables(Frequencies frequencies) {
  std::array<std::uint32_t, kCoarseSymbols> left;  // occurrences 0 .. left - 1 have no slot yet
  struct Stack {
    std::array<std::uint8_t, kCoarseSymbols> items;
    std::size_t size = 0;
    void push(std::size_t item) { items[size++] = static_cast<std::uint8_t>(item); }
    std::size_t top() const { return items[size - 1]; }
  } poor, rich;
  for (std::size_t symbol = 0; symbol < kCoarseSymbols; ++symbol) {
    left[symbol] = frequencies[symbol];
    frequency[symbol] = static_cast<std::uint16_t>(frequencies[symbol]);
    bucket[symbol] = kBucket;
    adjust[symbol] = 0;
    (left[symbol] < kBucket ? poor : rich).push(symbol);
  }
  // The frequencies add up to all slots: as long as some symbol has less than its bucket, another has more.
  while (poor.size > 0) {
    const std::size_t b = poor.top(), other = rich.top();
    --poor.size;
    left[other] -= kBucket - left[b];
    bucket[b] = static_cast<std::uint16_t>(left[b] | other << 8);
    if (left[other] < kBucket) {
      --rich.size;
      poor.push(other);
    }
  }
  // Occurrences in the order of their slots, but for those in a symbol's own bucket: the nearer occurrence /
  // f is to slot / M, the less the state grows beyond M / f.
  for (std::size_t b = 0; b < kCoarseSymbols; ++b) {
    const std::uint32_t share = bucket[b] & 255u;
    if (share == kBucket) continue;
    std::uint32_t& given = left[bucket[b] >> 8];
    adjust[b] = static_cast<std::uint16_t>(given - share);
    given += kBucket - share;
  }
}

PreciseEncodeTables::PreciseEncodeTables(Frequencies frequencies) : code(symbol_codes(frequencies, 12, 16)) {
  for (std::size_t symbol = 0; symbol < kCoarseSymbols; ++symbol) {
    frequency[symbol] = static_cast<std::uint16_t>(frequencies[symbol]);
    start[symbol] = static_cast<std::uint16_t>(code[symbol].start);
  }
  const AliasTables alias(frequencies);
  for (std::uint32_t b = 0; b < kCoarseSymbols; ++b) {
    const std::uint32_t share = alias.bucket[b] & 255u, other = alias.bucket[b] >> 8;
    const auto give = [&](std::uint32_t symbol, std::uint32_t occurrence, std::uint32_t from,
                          std::uint32_t to) {
      std::uint16_t* const own = &slots[start[symbol] + occurrence];
      for (std::uint32_t i = from; i < to; ++i) own[i - from] = static_cast<std::uint16_t>(b * kBucket + i);
    };
    give(b, 0, 0, share);
    give(other, (share + alias.adjust[b]) & 0xFFFF, share, kBucket);
  }
}

PreciseDecodeTables::PreciseDecodeTables(Frequencies frequencies) : AliasTables(frequencies) {
  for (std::uint32_t b = 0; b < kCoarseSymbols; ++b) {
    const std::uint32_t share = bucket[b] & 255u, other = bucket[b] >> 8;
    PreciseSlot* const own = &slots[std::size_t{b} * kBucket];
    for (std::uint32_t i = 0; i < share; ++i) own[i] = PreciseSlot::of(b, i, frequency[b]);
    for (std::uint32_t i = share; i < kBucket; ++i)
      own[i] = PreciseSlot::of(other, (i + adjust[b]) & 0xFFFF, frequency[other]);
  }
}

}  // namespace adagrain
