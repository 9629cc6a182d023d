#include "framework/compression/transforms/column_sweep.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/core/error.h"
#include "framework/core/simd_clones.h"

namespace adagrain {

namespace {

// Rows that go through the columns together: the factor is read once for all of them.
constexpr std::int64_t kLanes = 16;
using Lanes = std::array<float, kLanes>;

// Without contraction to fused multiply-adds, every clone computes the same bits.
ADAGRAIN_CLONES void spread(const Lanes& error, const float* factor_row, Lanes* first, std::int64_t columns) {
  for (std::int64_t k = 0; k < columns; ++k) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) first[k][lane] -= error[lane] * factor_row[k];
  }
}

}  // namespace

std::vector<double> sweep_columns(std::span<const float> weights, MatrixShape shape,
                                  const InputFactor& factor,
                                  const std::function<float(std::size_t, float)>& decide) {
  require<DataError>(factor.columns == shape.columns && factor.groups > 0 && shape.rows % factor.groups == 0,
                     "compensate: input moments of {} groups of {} columns for a layer of {} x {}",
                     factor.groups, factor.columns, shape.rows, shape.columns);
  std::vector<double> damage(static_cast<std::size_t>(shape.rows));
  std::vector<Lanes> wanted(static_cast<std::size_t>(shape.columns));
  const std::int64_t group_rows = shape.rows / factor.groups;
  for (std::int64_t first = 0, rows = 0; first < shape.rows; first += rows) {
    const std::int64_t group = first / group_rows;
    rows = std::min(kLanes, (group + 1) * group_rows - first);
    const std::uint32_t* order = factor.group_order(group);
    const auto element = [&](std::int64_t lane, std::int64_t j) {
      return static_cast<std::size_t>((first + lane) * shape.columns + order[j]);
    };
    for (std::int64_t j = 0; j < shape.columns; ++j) {
      for (std::int64_t lane = 0; lane < rows; ++lane) wanted[j][lane] = weights[element(lane, j)];
    }
    for (std::int64_t j = 0; j < shape.columns; ++j) {
      const float* factor_row = factor.group_upper(group) + j * shape.columns;
      Lanes error{};
      for (std::int64_t lane = 0; lane < rows; ++lane) {
        // Sums of the largest weights a lossy scheme takes may overflow.
        const float target = std::isfinite(wanted[j][lane]) ? wanted[j][lane] : 0.0F;
        error[lane] = (target - decide(element(lane, j), target)) / factor_row[j];
        damage[static_cast<std::size_t>(first + lane)] += static_cast<double>(error[lane]) * error[lane];
      }
      spread(error, factor_row + j + 1, wanted.data() + j + 1, shape.columns - j - 1);
    }
  }
  return damage;
}

std::vector<double> output_damage(std::span<const float> weights, std::span<const float> decoded,
                                  MatrixShape shape, const InputFactor& factor) {
  // The difference, of which nothing is kept: what is wanted stays exact where errors are small.
  std::vector<float> difference(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) difference[i] = decoded[i] - weights[i];
  return sweep_columns(difference, shape, factor, [](std::size_t, float) { return 0.0F; });
}

}  // namespace adagrain
