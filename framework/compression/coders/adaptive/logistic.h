// The logistic function and its inverse in integers, so that encoder and decoder agree on every machine.
// Probabilities count 1/65536, the logistic domain ("stretched") 1/256 nats.
#pragma once

#include <array>
#include <cstdint>

namespace adagrain {

constexpr int kOne = 65536;            // probability 1
constexpr int kLargestStretch = 3071;  // 12 nats: probabilities down to 1/65536

namespace logistic_tables {

// 65536 / (1 + exp(-x / 256)) for x = -kLargestStretch..kLargestStretch, 1..65535. exp grows by the factor
// 1 + 4104 / 2^20 a step.
constexpr auto squash = [] {
  std::array<std::uint16_t, 2 * kLargestStretch + 1> table{};
  std::uint64_t odds = std::uint64_t{1} << 40;  // exp(x / 256) in 2^-40
  for (int x = 0; x <= kLargestStretch; ++x) {
    const auto rest =
        static_cast<std::uint32_t>((std::uint64_t{1} << 56) / (odds + (std::uint64_t{1} << 40)));
    const std::uint32_t complement = rest > 0 ? rest : 1;
    table[static_cast<std::size_t>(kLargestStretch + x)] = static_cast<std::uint16_t>(kOne - complement);
    table[static_cast<std::size_t>(kLargestStretch - x)] = static_cast<std::uint16_t>(complement);
    odds += (odds >> 20) * 4104;
  }
  return table;
}();

// [p / 16]: the least x whose probability is not below the middle of p's sixteen.
constexpr auto stretch = [] {
  std::array<std::int16_t, 4096> table{};
  int x = -kLargestStretch;
  for (int p = 0; p < 4096; ++p) {
    while (x < kLargestStretch && squash[static_cast<std::size_t>(kLargestStretch + x)] < 16 * p + 8) ++x;
    table[static_cast<std::size_t>(p)] = static_cast<std::int16_t>(x);
  }
  return table;
}();

}  // namespace logistic_tables

// x is clamped to +-kLargestStretch.
inline int squash(int x) {
  x = x > kLargestStretch ? kLargestStretch : x < -kLargestStretch ? -kLargestStretch : x;
  return logistic_tables::squash[static_cast<std::size_t>(kLargestStretch + x)];
}

// 0 <= probability < 65536
inline int stretch(std::uint32_t probability) {
  return logistic_tables::stretch[probability >> 4];
}

}  // namespace adagrain
