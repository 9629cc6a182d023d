// Ranges and ticks of axes: few, round, and the same for every picture of the same numbers.
#pragma once

#include <string>

namespace adagrain {

// The least and the largest of what an axis shows; values that are not finite are passed over.
struct Extent {
  double low = 0, high = 0;
  bool any = false;
  void include(double value);
};

// "set yrange [0:41]; set ytics 0, 10\n": at most seven ticks, a little air beyond the data except at zero.
// `axis` is "x" or "y".
std::string linear_axis(const std::string& axis, const Extent& extent);

// "set logscale x; set xrange ...": ticks at round numbers, where gnuplot would name powers of ten only.
// Linear from 0 to 1 when nothing is positive.
std::string log_axis(const std::string& axis, const Extent& extent);

}  // namespace adagrain
