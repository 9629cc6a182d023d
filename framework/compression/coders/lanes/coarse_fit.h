// Chooses how bytes become coarse symbols, and the probabilities of these.
#pragma once

#include "framework/compression/coders/frequency_table.h"
#include "framework/compression/coders/lanes/kernels.h"

namespace adagrain {

struct CoarseFit {
  CoarseMap map;
  FrequencyTable table;                 // over 64 coarse symbols
  std::uint64_t counted = 0, bits = 0;  // symbols, and what they are worth with this map and table
};

struct CoarseFitOptions {
  int precision;
  bool escapes;                // a byte that is not counted must have a code nevertheless
  std::uint64_t escape_price;  // eighths of a bit that an escape is worth beyond its code: it is coded twice
};

// The cheapest of all numbers of raw bits. `counts` of bytes has an entry above zero and may be of a sample.
CoarseFit fit_coarse(std::span<const std::uint32_t, 256> counts, const CoarseFitOptions& options);

// All 64 frequencies, zeros included.
std::array<std::uint32_t, kCoarseSymbols> all_frequencies(const FrequencyTable& table);

}  // namespace adagrain
