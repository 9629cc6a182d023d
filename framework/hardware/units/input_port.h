// The side of a unit on which its input arrives.
#pragma once

#include <cstdint>

namespace adagrain {

// At most `words` words in `cycles` cycles, evenly spaced or, as DRAM gives them, `burst` of them one a cycle
// and then none until their time is over. A port takes no more than one a cycle. A word is what the unit
// takes at once: 64 bits of a code or a mask, one value, a group of values.
struct InputRate {
  std::uint32_t words = 1, cycles = 1, burst = 1;
};

// Offers words at a rate. A word that waits for its unit delays those after it: nothing is saved up.
class InputPort {
 public:
  explicit InputPort(InputRate rate) : rate_(rate) {}

  bool offers(std::uint64_t cycle) const { return cycle * rate_.words >= ready_; }
  // In a cycle in which it offers one.
  void take(std::uint64_t cycle) {
    const std::uint64_t now = cycle * rate_.words;
    if (words_ % rate_.burst == 0) burst_ = now - ready_ < rate_.words ? ready_ : now;
    const std::uint64_t next_cycle = now + rate_.words;
    ++words_;
    cycles_ = cycle + 1;
    ready_ = next_cycle;
    if (words_ % rate_.burst == 0) {
      const std::uint64_t over = burst_ + std::uint64_t{rate_.burst} * rate_.cycles;
      if (rate_.burst == 1 || over > next_cycle) ready_ = over;
    }
  }
  std::uint64_t words() const { return words_; }    // taken so far
  std::uint64_t cycles() const { return cycles_; }  // until the last of them was taken

 private:
  InputRate rate_;
  // When the next word is there and when this burst began, in 1 / rate_.words of a cycle.
  std::uint64_t ready_ = 0, burst_ = 0;
  std::uint64_t words_ = 0, cycles_ = 0;
};

// What a unit did. A cycle in which it had work and could not do it, for want of input, is a starved one.
struct UnitCycles {
  std::uint64_t cycles = 0, starved = 0;
  std::uint64_t words = 0,
                input_cycles = 0;  // words taken from the port, and the cycles until the last of them
};

}  // namespace adagrain
