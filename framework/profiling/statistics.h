// Statistics of many numbers in one pass over memory. PROFILE.md defines each quantity.
//
// The data is read once, in blocks that fit the first-level cache: the block's range and mean come first,
// then its central sums and its histogram from the cached copy. The histogram has 2 x 4095 equal bins over
// (-2^e, 2^e) and one twice as wide around zero, where 2^e is the smallest power of two above every magnitude
// seen; when a larger one arrives, bins merge in pairs, which loses nothing but resolution. So no order of
// the data, no cut into batches and no number of threads changes a count. Moments are central sums of each
// block in float, merged in double (Pebay, Sandia report SAND2008-6212), so that a mean far from zero costs
// no digits.
//
// A histogram bin belongs to the 8-bit code its centre rounds to. Bins are at most 1/16 of a code's step
// wide, so a value is taken for its neighbour's code only within 1/32 step of the edge between the two.
// Entropy and sparsity are exact up to that; everything else is exact up to rounding.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "framework/profiling/profile.h"

namespace adagrain {

// Numbers that may come in pieces: activations, batch after batch.
class ValueAccumulator {
 public:
  // `what` names the numbers in errors: "weights of layer 'conv1'".
  explicit ValueAccumulator(std::string what);

  // Throws DataError that names `what`, the value and its index (`values` starts at `first_index`) when one
  // is infinite or not a number; the accumulator is of no use then. The result does not depend on `threads`.
  void add(std::span<const float> values, int threads = 1, std::size_t first_index = 0);

  // What else is to be done with the values while they are in the cache.
  struct Visitor {
    std::size_t unit;  // values at a time; the last of a piece may be fewer
    std::function<void(std::size_t, std::span<const float>)> visit;  // index of the first, the values
  };
  // The same in pieces of `piece` values: each on one thread, which calls the visitor for each unit in turn,
  // shortly before its values are counted.
  void add_in_pieces(std::span<const float> values, std::size_t piece, int threads, std::size_t first_index,
                     const Visitor& visitor);
  ValueStatistics statistics() const;

 private:
  struct Moments {  // central sums
    double count = 0, mean = 0, second = 0, third = 0, fourth = 0;
    void merge(const Moments& other);
  };
  struct Summary {
    Moments moments;
    std::int64_t zeros = 0;
    double minimum = std::numeric_limits<double>::infinity(), maximum = -minimum;
    void merge(const Summary& other);
  };

  // Counts into the common histogram, under `lock`.
  Summary add_piece(std::span<const float> values, std::size_t first_index, std::mutex& lock,
                    const Visitor& visitor);
  void add_counters(std::uint16_t* counters, int exponent);
  void count_codes(ValueStatistics& statistics) const;

  std::string what_;
  Summary summary_;
  int exponent_;                       // the histogram is over (-2^exponent, 2^exponent)
  std::vector<std::uint64_t> counts_;  // [bin + 4096]
};

struct WeightStatistics {
  ValueStatistics values;
  double channel_scale_spread = 0, block_scale_spread = 0;  // octaves
};

// Of a weight tensor whose output channels are `rows` equal runs of `values`. Throws DataError as above.
WeightStatistics weight_statistics(const std::string& what, std::span<const float> values, std::int64_t rows,
                                   int threads);

}  // namespace adagrain
