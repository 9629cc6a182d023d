#include "framework/compression/coders/adaptive/level_prior.h"

#include <algorithm>

#include "framework/compression/coders/adaptive/logistic.h"

namespace adagrain {

namespace {

// floor(sqrt(value)), bit by bit.
std::uint64_t integer_sqrt(std::uint64_t value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit > 0; bit >>= 1) {
    if ((root | bit) * (root | bit) <= value) root |= bit;
  }
  return root;
}

std::uint16_t probability(std::uint64_t value) {
  return static_cast<std::uint16_t>(std::clamp<std::uint64_t>(value, 48, kOne - 48));
}

}  // namespace

MagnitudeNodes::MagnitudeNodes(int largest_class) : largest_class_(largest_class) {
  count_ = largest_class;  // zero or not, and one for each class but the last
  mantissa_.resize(static_cast<std::size_t>(largest_class) + 1);
  for (int own = 2; own <= largest_class; ++own) {
    mantissa_[static_cast<std::size_t>(own)] = count_;
    count_ += (1 << std::min(own - 1, kModelledBits)) - 1;
  }
}

std::vector<std::uint16_t> MagnitudeNodes::prior(std::uint64_t mean) const {
  // t in 2^-16, and its powers t^(2^k)
  const std::uint64_t one = kOne;
  const std::uint64_t ratio = (mean << 16) / (one + integer_sqrt(one * one + mean * mean));
  std::vector<std::uint64_t> power = {ratio};
  while (static_cast<int>(power.size()) < largest_class_) power.push_back(power.back() * power.back() >> 16);

  std::vector<std::uint16_t> priors(static_cast<std::size_t>(count_));
  priors[kNonzero] = probability((2 * ratio << 16) / (one + ratio));
  // Magnitudes of class k are 2^(k - 1) to 2^k - 1.
  for (int own = 1; own < largest_class_; ++own) {
    priors[static_cast<std::size_t>(above(own))] = probability(power[static_cast<std::size_t>(own - 1)]);
  }
  for (int own = 2; own <= largest_class_; ++own) {
    for (int seen = 1, bit = own - 2; seen < 1 << std::min(own - 1, kModelledBits); ++seen) {
      if ((seen & (seen - 1)) == 0 && seen > 1) --bit;                  // one more bit is seen
      const std::uint64_t step = power[static_cast<std::size_t>(bit)];  // to the upper half of what is left
      priors[static_cast<std::size_t>(mantissa(own, seen))] = probability((step << 16) / (one + step));
    }
  }
  return priors;
}

}  // namespace adagrain
