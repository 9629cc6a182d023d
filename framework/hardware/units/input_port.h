// The side of a unit on which its input arrives.
#pragma once

#include <cstdint>

namespace adagrain {

// At most `words` words in `cycles` cycles, evenly spaced; a port takes no more than one a cycle. A word is
// what the unit takes at once: 64 bits of a code or a mask, one value, a group of values.
struct InputRate {
  std::uint32_t words = 1, cycles = 1;
};

// Offers words at a rate. A word that waits for its unit delays those after it: nothing is saved up.
class InputPort {
 public:
  explicit InputPort(InputRate rate) : rate_(rate) {}

  bool offers(std::uint64_t cycle) const { return cycle * rate_.words >= ready_; }
  // In a cycle in which it offers one.
  void take(std::uint64_t cycle) {
    const std::uint64_t now = cycle * rate_.words;
    ready_ = (now - ready_ < rate_.words ? ready_ : now) + rate_.cycles;
    ++words_;
  }
  std::uint64_t words() const { return words_; }  // taken so far

 private:
  InputRate rate_;
  std::uint64_t ready_ = 0;  // when the next one is there, in 1 / rate_.words of a cycle
  std::uint64_t words_ = 0;
};

// What a unit did. A cycle in which it had work and could not do it, for want of input, is a starved one.
struct UnitCycles {
  std::uint64_t cycles = 0, starved = 0, words = 0;  // words: taken from the port
};

}  // namespace adagrain
