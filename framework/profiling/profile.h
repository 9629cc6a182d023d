// What is measured of a layer before anything is chosen. PROFILE.md defines each quantity.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/tensor.h"

namespace adagrain {

// Of a set of numbers: a layer's weights, or its input activations over the calibration images.
struct ValueStatistics {
  std::int64_t count = 0;
  double entropy_bits = 0;    // Shannon entropy of the 8-bit codes: step = absmax / 127; bits per value, 0..8
  double sparsity = 0;        // share of values that round to the zero code, |x| < absmax / 254, 0..1
  double exact_sparsity = 0;  // share of values equal to zero, 0..1
  double dynamic_range_db = 0;  // 20 log10(absmax / rms of the non-zero values), dB, >= 0
  double minimum = 0, maximum = 0, absmax = 0;
  double mean = 0, standard_deviation = 0, rms = 0;
  double skewness = 0, kurtosis = 0;  // kurtosis of a normal distribution is 3
};

struct LayerProfile {
  LayerDescription layer;
  ValueStatistics weights;
  ValueStatistics activations;  // of the layer's input; count 0 when no data was shown
  double channel_scale_spread =
      0;  // standard deviation over output channels of log2(absmax of the channel), octaves
  double block_scale_spread = 0;  // the same over blocks of 64 consecutive weights of a row, octaves
  // The same of the activations, over input channels and over blocks of 64 of one image; 0 when no data was
  // shown.
  double activation_channel_scale_spread = 0, activation_block_scale_spread = 0;
  double parameter_share = 0;  // of all layers' weights, 0..1
  double mac_share = 0;        // of all layers' multiply-accumulates, 0..1
  double relative_depth = 0;   // 0 first layer .. 1 last
  // Sensitivity: mean over weights of the squared gradient of the loss of one sample (empirical Fisher's
  // diagonal).
  double fisher_mean = 0;
  std::vector<float> fisher;  // [element], the diagonal itself; empty when no data was shown
};

struct ModelProfile {
  std::string model;
  std::vector<LayerProfile> layers;  // in order of execution
};

}  // namespace adagrain
