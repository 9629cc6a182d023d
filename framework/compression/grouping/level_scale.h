// Scales of levels: mean magnitudes on a logarithmic axis, in integers.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace adagrain {

// Mean magnitudes in 1/256 fall into quarters of an octave: 0 for none, at most 96 for 2^24 - 1.
constexpr int kScales = 97;
constexpr int scale_index(std::uint64_t mean) {
  if (mean == 0) return 0;
  mean = std::min<std::uint64_t>(mean, (1 << 24) - 1);
  const int whole = static_cast<int>(std::bit_width(mean)) - 1;
  return 1 + 4 * whole + static_cast<int>((mean << 2 >> whole) & 3);
}

// The half octave of a scale index.
constexpr int half_octave(int scale) {
  return (scale + 1) / 2;
}

}  // namespace adagrain
