#include "framework/report/plot_axes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

namespace adagrain {

namespace {

constexpr double kMostSteps = 6;
constexpr double kMargin = 0.04;        // of the range, beyond the data
constexpr double kLeastSpacing = 0.21;  // of the range, between labels of a logarithmic axis

// In [low, high], from the roundest numbers to less round ones as long as labels do not meet.
std::vector<double> log_ticks(double low, double high) {
  std::vector<double> ticks;
  const double width = std::log(high / low);
  for (const std::initializer_list<double> steps :
       {std::initializer_list<double>{1}, {2, 5}, {3}, {1.5, 7}, {4}, {2.5}})
    for (int decade = -12; decade <= 15; ++decade)
      for (const double step : steps) {
        const double tick = step * std::pow(10.0, decade);
        const bool clear = std::all_of(ticks.begin(), ticks.end(), [&](double other) {
          return std::abs(std::log(tick / other)) >= kLeastSpacing * width;
        });
        if (tick >= low && tick <= high && clear) ticks.push_back(tick);
      }
  std::sort(ticks.begin(), ticks.end());
  return ticks;
}

}  // namespace

void Extent::include(double value) {
  if (!std::isfinite(value)) return;
  low = any ? std::min(low, value) : value;
  high = any ? std::max(high, value) : value;
  any = true;
}

std::string linear_axis(const std::string& axis, const Extent& extent) {
  double low = extent.low, high = extent.high;
  const double least = std::max(std::abs(low), std::abs(high)) * 1e-6;
  if (!extent.any || high - low <= least) high = low + std::max(std::abs(low) * 0.1, 1e-6);
  const double raw = (high - low) / kMostSteps;
  const double decade = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * decade;
  for (const double round : {5.0, 2.0, 1.0})
    if (round * decade >= raw * 0.999) step = round * decade;
  const double room = kMargin * (high - low);
  const double begin = low == 0 ? 0 : low - room, end = high == 0 ? 0 : high + room;
  const double first = std::ceil(begin / step - 1e-9) * step;
  return fmt::format("set {0}range [{1:.8g}:{2:.8g}]; set {0}tics {3:.10g}, {4:.10g}\n", axis, begin, end,
                     first == 0 ? 0.0 : first, step);
}

std::string log_axis(const std::string& axis, const Extent& extent) {
  if (!extent.any || extent.high <= 0) return linear_axis(axis, {0, 1, true});
  const double high = extent.high * 1.12;
  const double low = (extent.low > 0 ? extent.low : extent.high / 100) / 1.12;
  return fmt::format("set logscale {0}; set {0}range [{1:.8g}:{2:.8g}]; set {0}tics ({3:.4g})\n", axis, low,
                     high, fmt::join(log_ticks(low, high), ", "));
}

}  // namespace adagrain
