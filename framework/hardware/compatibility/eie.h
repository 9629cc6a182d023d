// EIE (Han et al., ISCA 2016): a fully connected layer on processing elements that each keep a part of the
// outputs, executed on masks that are drawn from a seed.
//
// Layout: output i lies on element i mod P. For every input an element has a column of entries, 4 bits of
// zeros before it and a 4-bit weight; after 15 zeros the next entry is written whatever it is, a padding zero
// where the weight is zero. The encoder works in one pass and pads the zeros at the end of a column too.
//
// Execution: non-zero inputs are broadcast in order, one a cycle, when the queue of every element has a free
// place. An element takes an entry a cycle, and one cycle for an input of which it has no entry (it reads the
// pointers). Zero inputs are never broadcast; of the activations only the number of non-zeros matters, inputs
// * density.
//
//   actual      = the cycles executed
//   theoretical = entries up to the last weight of each column / P: perfect balance, no padding at the ends
//
// The paper does not say whether it pads the ends. With these two definitions its nine layers come out within
// a fifth; without the padding at the ends the actual time of VGG-6 would be 28 % short, with it in the
// theoretical times that of VGG-7 would be 22 % too long.
#pragma once

#include <cstdint>

namespace adagrain {

struct EieLayer {
  std::uint64_t inputs = 0, outputs = 0;
  double weight_density = 1, activation_density = 1;  // independent, 0 to 1
  std::uint64_t elements = 64;
  std::uint64_t queue_depth = 8;
  std::uint64_t seed = 1;
};

struct EieRun {
  std::uint64_t broadcasts = 0;       // non-zero inputs
  std::uint64_t entries = 0;          // read, of the non-zero inputs
  std::uint64_t padding_entries = 0;  // of these, all paddings
  std::uint64_t end_entries = 0;      // of these, paddings that no weight of the column follows
  double theoretical_cycles = 0;
  std::uint64_t cycles = 0;
};

// Throws ConfigError for sizes of 0, more than 2^32 weights, densities outside 0 to 1, more than 4096
// elements or places in a queue.
EieRun execute_eie(const EieLayer& layer);

}  // namespace adagrain
