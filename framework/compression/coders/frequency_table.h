// Integer probabilities that add up to 2^precision, and their few-byte descriptions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "framework/compression/coders/bit_stream.h"

namespace adagrain {

// How a frequency falls with the distance d from the centre.
enum class Fall { geometric, gauss };

// A table of few parameters, each of one byte.
struct TwoSided {
  Fall fall = Fall::geometric;
  std::uint32_t centre = 0;
  bool symmetric = false;  // the same below and above, and from the centre to the symbols beside it
  std::uint32_t peak = 0;  // share of the centre, in 1/256; not where symmetric
  // On each side. geometric: the factor from one symbol to the next, in 1/256. gauss: 8e + m, where
  // frequencies fall as b^(d^2 / 2) with 1 - b = (8 + m) / 2^(e + 4).
  std::uint32_t below = 0, above = 0;
};

struct FrequencyTable {
  int precision = 12;                    // 8, 10, 12, 14 or 16
  std::uint32_t first = 0;               // symbols first .. first + frequency.size() - 1 can occur
  std::vector<std::uint32_t> frequency;  // sums to 2^precision
  std::optional<TwoSided> two_sided;     // how it is described; none: explicitly
};

// Ideal length of `counts` under the table, in 2^-16 bits. Every counted symbol must have a frequency.
std::uint64_t coded_length(const FrequencyTable& table, std::span<const std::uint32_t> counts);

// The table, of all this module can describe, whose description and coded symbols together are shortest:
//   explicit    frequencies of first..last as Golomb codes of their difference in magnitude from the one
//               before
//   two-sided   a discrete Laplace or Gauss distribution on each side of a centre, which has a share of its
//               own (a peak at zero), in five bytes; or a single one around the centre, in three
// `counts` has at least one entry above zero. With a precision given, tables of no other are considered; the
// symbols from the first to the last that occurs must then be at most half of the codes.
FrequencyTable fit_table(std::span<const std::uint32_t> counts, std::optional<int> precision = {});

void write_table(BitWriter& writer, const FrequencyTable& table);
// Throws DataError on a description that write_table cannot have written.
FrequencyTable read_table(BitReader& reader, std::uint32_t alphabet);

}  // namespace adagrain
