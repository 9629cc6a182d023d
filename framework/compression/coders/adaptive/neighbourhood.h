// What is known of a level before it is coded: the levels around it, and the means of its row and column.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "framework/compression/granularities/granularity.h"
#include "framework/compression/grouping/level_scale.h"

namespace adagrain {

// Where like weights stand in a row of the matrix, in columns.
struct LevelStrides {
  std::int64_t pitch = 1;  // to the weight one row before, of the kernel or of the image that the layer sees
  std::int64_t plane = 1;  // to the same tap of the input channel before; for kernels of one tap the pitch
};

// The mean a scale index stands for, in 1/65536.
std::uint64_t mean_of_scale(int index);

// One context of a weight: its table of histories, and the scale it promises those that have seen nothing.
struct ContextShape {
  std::uint32_t size;
  int (*scale)(std::uint32_t context);  // nullptr: the layer's mean
};
constexpr std::size_t kMagnitudeContexts = 6, kSignContexts = 4;
extern const std::array<ContextShape, kMagnitudeContexts> kMagnitudeShape;
constexpr std::array<std::uint32_t, kSignContexts> kSignSizes = {81, 27, 49, 243};

class Neighbourhood {
 public:
  // `mean`: expected magnitude of a level, in 1/256, at least 1. Strides are 1..columns.
  Neighbourhood(MatrixShape shape, LevelStrides strides, std::uint32_t mean);

  // Levels come row by row; a column that is left out is 0 and does not count in any mean.
  void begin_row();
  void move_to(std::int64_t column);
  std::array<std::uint32_t, kMagnitudeContexts> magnitude_contexts() const;
  std::array<std::uint32_t, kSignContexts> sign_contexts() const;
  void place(std::int32_t level);

 private:
  int level(std::int64_t rows_before, std::int64_t columns_before) const {
    return here_[-rows_before * width_ - columns_before];
  }

  LevelStrides strides_;
  std::uint32_t mean_;
  std::int64_t margin_, width_, column_ = 0, row_ = -1;
  std::vector<std::int16_t> levels_;  // with zeros around the matrix, so that every neighbour can be read
  std::int16_t* here_ = nullptr;
  struct Sum {
    std::uint32_t magnitudes = 0, count = 0;
    std::int32_t signs = 0;  // positive levels less negative ones
  };
  Sum row_sum_;
  std::vector<Sum> column_sums_;
};

}  // namespace adagrain
