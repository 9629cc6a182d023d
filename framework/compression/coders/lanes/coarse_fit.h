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

// The cheapest of all numbers of raw bits. `counts` of bytes has an entry above zero and may be of a sample;
// `escapes`: a byte that it does not know must have a code nevertheless.
CoarseFit fit_coarse(std::span<const std::uint32_t, 256> counts, int precision, bool escapes);

// All 64 frequencies, zeros included.
std::array<std::uint32_t, coarse_symbols> all_frequencies(const FrequencyTable& table);

}  // namespace adagrain
