// Named random streams: RandomStream(seed, "augmentation") draws the same numbers on every machine, and a new
// stream elsewhere changes nobody else's. The generator is SplitMix64 (Steele, Lea, Flood, OOPSLA 2014); the
// distributions are ours because the standard library's differ between vendors.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace adagrain {

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  std::uint64_t next();
  // Uniform in [0, bound), bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1).
  double uniform();
  // Standard normal (Box-Muller); the last bit may differ between math libraries.
  double normal();

  template <typename T>
  void shuffle(std::span<T> items) {
    for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[below(left)]);
  }

  // The whole state, for checkpoints that resume.
  std::uint64_t state() const { return state_; }
  void restore(std::uint64_t state) { state_ = state; }

 private:
  std::uint64_t state_;
};

}  // namespace adagrain
