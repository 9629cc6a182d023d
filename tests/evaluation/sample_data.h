// A dataset of stripes for tests of training: class c is a bright row band at rows 2c + 4, on noise. Any
// network learns it within a few steps.
#pragma once

#include "datasets/dataset.h"
#include "framework/core/random.h"

namespace adagrain {

inline LabelledImages striped_images(std::int64_t count, std::uint64_t seed) {
  constexpr std::int64_t kSide = 28;
  LabelledImages images{count, 1, kSide, kSide, {}, {}};
  RandomStream random(seed, "stripes");
  for (std::int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint8_t>(random.below(10));
    images.labels.push_back(label);
    for (std::int64_t row = 0; row < kSide; ++row) {
      const std::uint64_t brightness = row / 2 == label + 2 ? 200 : 0;
      for (std::int64_t column = 0; column < kSide; ++column)
        images.pixels.push_back(static_cast<std::uint8_t>(brightness + random.below(50)));
    }
  }
  return images;
}

inline DatasetSplits striped_data(std::int64_t train = 256) {
  DatasetSplits data;
  data.train = striped_images(train, 1);
  data.validation = striped_images(100, 2);
  data.test = striped_images(100, 3);
  data.classes = 10;
  data.mean = 0.15;
  data.standard_deviation = 0.2;
  return data;
}

}  // namespace adagrain
