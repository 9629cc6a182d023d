#include "framework/report/plot_axes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

namespace adagrain {

namespace {

constexpr double most_steps = 5;

std::vector<double> log_ticks(double low, double high, std::initializer_list<double> steps) {
  std::vector<double> ticks;
  for (int decade = -12; decade <= 15; ++decade)
    for (const double step : steps) {
      const double tick = step * std::pow(10.0, decade);
      if (tick >= low && tick <= high) ticks.push_back(tick);
    }
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
  const double raw = (high - low) / most_steps;
  const double decade = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * decade;
  for (const double round : {5.0, 2.0, 1.0})
    if (round * decade >= raw * 0.999) step = round * decade;
  const double first = std::floor(low / step + 1e-9) * step, last = std::ceil(high / step - 1e-9) * step;
  return fmt::format("set {0}range [{1:.10g}:{2:.10g}]; set {0}tics {1:.10g}, {3:.10g}, {2:.10g}\n", axis,
                     first, last, step);
}

std::string log_axis(const std::string& axis, const Extent& extent) {
  if (!extent.any || extent.high <= 0) return linear_axis(axis, {0, 1, true});
  const double high = extent.high * 1.12;
  const double low = (extent.low > 0 ? extent.low : extent.high / 100) / 1.12;
  std::vector<double> ticks = log_ticks(low, high, {1, 2, 5});
  if (ticks.size() < 3) ticks = log_ticks(low, high, {1, 1.5, 2, 3, 4, 5, 7});
  if (ticks.size() < 3)
    ticks = log_ticks(low, high, {1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9});
  if (ticks.size() > 7) ticks = log_ticks(low, high, {1});
  return fmt::format("set logscale {0}; set {0}range [{1:.8g}:{2:.8g}]; set {0}tics ({3:.4g})\n", axis, low,
                     high, fmt::join(ticks, ", "));
}

}  // namespace adagrain
