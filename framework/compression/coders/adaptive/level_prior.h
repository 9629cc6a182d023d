// What a level is likely to be before anything of its kind was seen: a two-sided geometric (discrete Laplace)
// distribution of the mean magnitude E that its context promises, in integers.
//   P(level = m) = (1 - t) / (1 + t) t^|m|   with   E = 2 t / (1 - t^2),  t = E / (1 + sqrt(1 + E^2))
#pragma once

#include <cstdint>
#include <vector>

namespace adagrain {

// A magnitude is coded as: is it 0?; its class, the number of its bits, in unary; its bits below the highest
// one, of which the first three are modelled. A node is one of these decisions.
class MagnitudeNodes {
 public:
  // Levels have at most `largest_class` bits, 1..15.
  explicit MagnitudeNodes(int largest_class);

  int count() const { return count_; }
  int largest_class() const { return largest_class_; }
  static constexpr int kNonzero = 0;
  // Is the class above `magnitude_class`, 1..largest_class - 1?
  static int above(int magnitude_class) { return magnitude_class; }
  // The bit after those seen, `seen` being a one and the bits before it: 1..7.
  int mantissa(int magnitude_class, int seen) const {
    return mantissa_[static_cast<std::size_t>(magnitude_class)] + seen - 1;
  }

  static constexpr int kModelledBits = 3;

  // Probability in 1/65536 of a one at each node, [node], for a mean magnitude of 1/65536 `mean`.
  std::vector<std::uint16_t> prior(std::uint64_t mean) const;

 private:
  int largest_class_, count_ = 0;
  std::vector<int> mantissa_;  // [class] -> its first node
};

}  // namespace adagrain
