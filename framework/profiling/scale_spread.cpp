#include "framework/profiling/scale_spread.h"

#include <algorithm>
#include <cmath>

#include "framework/core/error.h"
#include "framework/profiling/block_kernels.h"

namespace adagrain {

void ScaleSpread::add(std::span<const float> scales) {
  std::vector<double> octaves;
  octaves.reserve(scales.size());
  for (const float scale : scales) {
    if (scale != 0) octaves.push_back(std::log2(static_cast<double>(scale)));
  }
  if (octaves.empty()) return;
  ScaleSpread added;
  added.count_ = static_cast<double>(octaves.size());
  // Relative to one of them, so that equal scales have no spread at all.
  for (const double each : octaves) added.mean_ += each - octaves.front();
  added.mean_ = octaves.front() + added.mean_ / added.count_;
  for (const double each : octaves) added.squares_ += (each - added.mean_) * (each - added.mean_);
  merge(added);
}

void ScaleSpread::merge(const ScaleSpread& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  const double total = count_ + other.count_, delta = other.mean_ - mean_;
  squares_ += other.squares_ + delta * delta * count_ * other.count_ / total;
  mean_ += delta * other.count_ / total;
  count_ = total;
}

double ScaleSpread::deviation() const {
  return count_ == 0 ? 0 : std::sqrt(squares_ / count_);
}

void ActivationScales::add(std::span<const float> values, std::int64_t channels, std::int64_t positions) {
  ensure(channels > 0 && positions > 0, "activation scales: {} channels of {} positions", channels,
         positions);
  const auto width = static_cast<std::size_t>(channels), map = static_cast<std::size_t>(positions);
  if (channels_.empty()) channels_.assign(width, 0.0F);
  ensure(channels_.size() == width && values.size() % (width * map) == 0,
         "activation scales: {} values of {} channels by {} positions after {} channels", values.size(),
         channels, positions, channels_.size());
  const std::size_t row = map == 1 ? width : map;  // what blocks are cut from
  const std::size_t blocks = (row + kScaleBlock - 1) / kScaleBlock;
  std::vector<float> scales(width * map / row * blocks);  // of a sample
  for (std::size_t sample = 0; sample < values.size(); sample += width * map) {
    for (std::size_t i = 0; i * row < width * map; ++i) {
      kernels::run_magnitudes(&values[sample + i * row], row, kScaleBlock, &scales[i * blocks]);
    }
    blocks_.add(scales);
    if (map == 1) {
      kernels::raise_magnitudes(&values[sample], width, channels_.data());
      continue;
    }
    for (std::size_t channel = 0; channel < width; ++channel) {
      const auto* first = &scales[channel * blocks];
      channels_[channel] = std::max(channels_[channel], *std::max_element(first, first + blocks));
    }
  }
}

double ActivationScales::channel_spread() const {
  ScaleSpread spread;
  spread.add(channels_);
  return spread.deviation();
}

double ActivationScales::block_spread() const {
  return blocks_.deviation();
}

}  // namespace adagrain
