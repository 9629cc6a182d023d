// How far apart the scales (largest magnitudes) of the pieces of a tensor are. PROFILE.md says what that is
// good for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace adagrain {

constexpr std::size_t kScaleBlock = 64;  // consecutive values that share a scale

// Standard deviation of log2(scale), octaves. Pieces of zeros have no scale and are left out.
class ScaleSpread {
 public:
  // Finite scales >= 0.
  void add(std::span<const float> scales);
  void merge(const ScaleSpread& other);
  double deviation() const;  // 0 when there is no scale

 private:
  double count_ = 0, mean_ = 0, squares_ = 0;  // the sum of squares is a central one
};

// Of what enters a layer, piece by piece.
class ActivationScales {
 public:
  // `values` are [sample][channel][position], row-major and finite, of as many channels in every call. Blocks
  // are of consecutive positions of a channel of a sample or, where there is one position, of consecutive
  // channels; the last of each may be shorter.
  void add(std::span<const float> values, std::int64_t channels, std::int64_t positions);

  double channel_spread() const;  // over channels, each by its largest magnitude in all samples
  double block_spread() const;    // over all blocks of all samples

 private:
  std::vector<float> channels_;  // largest magnitude so far
  ScaleSpread blocks_;
};

}  // namespace adagrain
