// The run-length code of Eyeriss (Chen et al., JSSC 2017, section V): words of 64 bits with three pairs of a
// 5-bit run of zeros and the 16-bit level behind it, and a flag in the last bit that marks the last word.
//
//   word = run level run level run level flag, first pair in the highest bits
//
// A run of 31 is followed by whatever comes, a zero too. Zeros at the end are a run and a level of zero; the
// last word is filled with zeros, so that a reader must know the number of values. Dense values take 64 / 48
// = 1.33 times their bits, a share z of scattered zeros about 1.33 * (1 - z). Example: 0 0 12 is one pair, 2
// and 12: 0x1000'6000'0000'0001.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace adagrain {

std::vector<std::uint64_t> run_length_encode(std::span<const std::uint16_t> values);

// `count` values. Throws DataError when the words hold another number of values or the flag is misplaced.
std::vector<std::uint16_t> run_length_decode(std::span<const std::uint64_t> words, std::size_t count);

}  // namespace adagrain
