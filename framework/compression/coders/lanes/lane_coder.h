// Interleaved static rANS over bytes at memory speed. Symbols are reduced to a coarse alphabet of 64 (byte /
// 2^k around a centre; the low k bits are kept as bit planes, rare bytes in a list that is coded itself),
// whose tables fit into registers; up to 256 independent states take symbols in turn, 32 or 64 of them side
// by side in a register. STREAMS.md describes the bytes, which do not depend on the instruction set.
//
// Which profile:
//   fast      probabilities in 1/256, what is rarer in the list. Where speed counts: 0.3 to 0.5 % over the
//             entropy of dense symbols, 1.0 % on sparse ones, several gigabytes a second, encoding included.
//   precise   probabilities in 1/4096: within 0.3 % on dense symbols and 0.4 % on sparse ones. Encodes at a
//             quarter to a fifth of the speed of fast, decodes at half.
// Both adapt poorly to streams of a few hundred symbols: there coders/ans.cpp has less to store.
#pragma once

#include <cstdint>
#include <span>

#include "framework/compression/coders/lanes/isa.h"
#include "framework/core/bytes.h"

namespace adagrain {

enum class LaneProfile : std::uint8_t { fast = 0, precise = 1 };

// Symbols coded on their own, so that chunks are encoded, decoded and reached independently.
constexpr std::size_t lane_chunk_symbols = std::size_t{1} << 22;

Bytes encode_lanes(std::span<const std::uint8_t> symbols, LaneProfile profile, int threads = 1,
                   Isa isa = chosen_isa());

// Fills `symbols` with what encode_lanes wrote. Throws DataError when `bytes` is anything else than one whole
// stream of so many symbols; never reads outside it.
void decode_lanes(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols, int threads = 1,
                  Isa isa = chosen_isa());

}  // namespace adagrain
