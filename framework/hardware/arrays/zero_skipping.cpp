#include "framework/hardware/arrays/zero_skipping.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

namespace {

using Mask = std::span<const std::uint8_t>;

struct LaneCount {
  std::uint64_t slowest = 0, products = 0;
};

// One channel of one pixel, its inputs in slices of `slice` values; an empty `inputs` holds no zero.
LaneCount count_lanes(Mask weights, Mask inputs, std::size_t slice) {
  LaneCount count;
  for (std::size_t begin = 0; begin < weights.size(); begin += slice) {
    const std::size_t end = std::min(begin + slice, weights.size());
    std::uint64_t products = 0;
    for (std::size_t i = begin; i < end; ++i) {
      products += weights[i] != 0 && (inputs.empty() || inputs[i] != 0);
    }
    count.slowest = std::max(count.slowest, products);
    count.products += products;
  }
  return count;
}

}  // namespace

ZeroSkippingCount count_zero_skipping(const MatrixProblem& problem, Mask weights, Mask inputs,
                                      ArrayShape array) {
  ensure(array.rows > 0 && array.columns > 0, "an array of {} x {}", array.rows, array.columns);
  const std::uint64_t depth = problem.inputs_per_output;
  const std::uint64_t channels = problem.groups * problem.output_channels;
  ensure(weights.size() == channels * depth, "a mask of {} values for {} weights", weights.size(),
         channels * depth);
  ensure(inputs.empty() || inputs.size() == problem.groups * problem.output_pixels * depth,
         "a mask of {} values for {} inputs", inputs.size(), problem.groups * problem.output_pixels * depth);
  ZeroSkippingCount count;
  if (problem.macs() == 0) return count;

  const std::size_t slice = divide_up(depth, array.rows);
  // Where no input is zero, every pixel takes what one takes.
  const std::uint64_t counted_pixels = inputs.empty() ? 1 : problem.output_pixels;
  const std::uint64_t repeats = problem.output_pixels / counted_pixels;
  for (std::uint64_t first = 0; first < channels; first += array.columns) {
    const std::uint64_t last = std::min(first + array.columns, channels);
    for (std::uint64_t pixel = 0; pixel < counted_pixels; ++pixel) {
      std::uint64_t slowest = 0;
      for (std::uint64_t channel = first; channel < last; ++channel) {
        const std::uint64_t group = channel / problem.output_channels;
        const Mask pixel_inputs =
            inputs.empty() ? inputs : inputs.subspan((group * problem.output_pixels + pixel) * depth, depth);
        const LaneCount lanes = count_lanes(weights.subspan(channel * depth, depth), pixel_inputs, slice);
        slowest = std::max(slowest, lanes.slowest);
        count.products += lanes.products * repeats;
      }
      count.cycles += slowest * repeats;
    }
  }
  const double lanes = static_cast<double>(array.rows) * static_cast<double>(array.columns);
  if (count.cycles > 0)
    count.utilisation = static_cast<double>(count.products) / (static_cast<double>(count.cycles) * lanes);
  return count;
}

}  // namespace adagrain
