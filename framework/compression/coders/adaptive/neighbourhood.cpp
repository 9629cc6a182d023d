#include "framework/compression/coders/adaptive/neighbourhood.h"

#include <algorithm>
#include <cstdlib>

namespace adagrain {

namespace {

constexpr std::int64_t kRowsAbove = 3;
constexpr std::int64_t kColumnsRight = 1;
constexpr int kHalfOctaves = 32, kOctaves = 16, kTaps = 32, kRatios = 10;

// Coarser scales. The last one takes all above.
int half_octave_of(int scale) {
  return std::min(kHalfOctaves - 1, half_octave(scale));
}
int octave(int scale) {
  return std::min(kOctaves - 1, (scale + 3) / 4);
}

int scale_of_half_octave(int index) {
  return 2 * index;
}
int scale_of_octave(int index) {
  return std::max(0, 4 * index - 1);
}

// The mean magnitude with a few observations of `prior`, in 1/256.
std::uint64_t mean_with_prior(std::uint64_t magnitudes, std::uint64_t count, std::uint64_t prior,
                              std::uint64_t weight) {
  return (magnitudes * 256 + prior * weight) / (count + weight);
}

// Without branches, which nobody could predict.
int sign(int level) {
  return (level > 0) - (level < 0);
}

// Digits 0..2 of base 3, first one highest.
template <typename... Digits>
std::uint32_t ternary(Digits... digits) {
  std::uint32_t number = 0;
  ((number = 3 * number + static_cast<std::uint32_t>(digits)), ...);
  return number;
}

std::uint32_t clamped_sum(std::int32_t signs) {
  return static_cast<std::uint32_t>(std::clamp(signs, -3, 3) + 3);
}

}  // namespace

std::uint64_t mean_of_scale(int index) {
  if (index == 0) return 65;                                               // 0.001
  constexpr std::array<std::uint64_t, 4> quarters = {279, 332, 395, 470};  // 2^8.125, 2^8.375, ...
  return quarters[static_cast<std::size_t>(index - 1) % 4] << (index - 1) / 4;
}

// In the order of magnitude_contexts().
const std::array<ContextShape, kMagnitudeContexts> kMagnitudeShape = {{
    // The sizes of five neighbours.
    {243, nullptr},
    // The scale that row and column promise.
    {kScales, [](std::uint32_t context) { return static_cast<int>(context); }},
    // That scale coarser, and how the neighbourhood compares with it.
    {kHalfOctaves * kRatios,
     [](std::uint32_t context) { return scale_of_half_octave(static_cast<int>(context) / kRatios); }},
    // Where in the kernel, and the scale coarser still.
    {kTaps * kOctaves,
     [](std::uint32_t context) { return scale_of_octave(static_cast<int>(context) % kOctaves); }},
    // The mean of the row, and the sizes of neighbours in it.
    {kHalfOctaves * 27,
     [](std::uint32_t context) { return scale_of_half_octave(static_cast<int>(context) / 27); }},
    // The mean of the column, and the sizes of neighbours above and beside.
    {kHalfOctaves * 27,
     [](std::uint32_t context) { return scale_of_half_octave(static_cast<int>(context) / 27); }},
}};

Neighbourhood::Neighbourhood(MatrixShape shape, LevelStrides strides, std::uint32_t mean)
    : strides_(strides),
      mean_(mean),
      margin_(std::max<std::int64_t>({3, 2 * strides.plane, 2 * strides.pitch, strides.pitch + 1})),
      width_(margin_ + shape.columns + kColumnsRight),
      levels_(static_cast<std::size_t>((kRowsAbove + shape.rows) * width_)),
      column_sums_(static_cast<std::size_t>(shape.columns)) {}

void Neighbourhood::begin_row() {
  ++row_;
  row_sum_ = {};
}

void Neighbourhood::move_to(std::int64_t column) {
  column_ = column;
  here_ = levels_.data() + (kRowsAbove + row_) * width_ + margin_ + column;
}

std::array<std::uint32_t, kMagnitudeContexts> Neighbourhood::magnitude_contexts() const {
  const auto magnitude = [this](std::int64_t rows, std::int64_t columns) {
    return static_cast<std::uint64_t>(std::abs(level(rows, columns)));
  };
  const std::int64_t pitch = strides_.pitch, plane = strides_.plane;
  const std::uint64_t left = magnitude(0, 1), left2 = magnitude(0, 2), up = magnitude(1, 0),
                      up2 = magnitude(2, 0);
  const std::uint64_t above = magnitude(0, pitch), above2 = magnitude(0, 2 * pitch),
                      above_left = magnitude(0, pitch + 1), above_right = magnitude(0, pitch - 1);
  const std::uint64_t before = magnitude(0, plane), before2 = magnitude(0, 2 * plane);

  // Scale of the weight, were the matrix of scales of rank one: row mean times column mean over the mean.
  const Sum& column = column_sums_[static_cast<std::size_t>(column_)];
  const std::uint64_t row_mean = mean_with_prior(row_sum_.magnitudes, row_sum_.count, mean_, 8);
  const std::uint64_t column_mean = mean_with_prior(column.magnitudes, column.count, mean_, 3);
  const std::uint64_t scale = row_mean * column_mean / mean_;
  const int scale_at = scale_index(scale);

  // All neighbours together, the nearest ones counting most: 32 shares.
  const std::uint64_t around =
      (4 * (left + up + above + before) + 2 * (left2 + up2 + above2 + before2 + above_left + above_right) +
       magnitude(1, 1) + magnitude(1, -1) + magnitude(3, 0) + magnitude(1, pitch)) *
      8;
  const int ratio =
      half_octave_of(scale_index(around + 1)) - half_octave_of(scale_index(scale + 1)) + kRatios / 2;

  // A neighbour is small, middling or large: against 1 and 2, or, where levels are large, against the scale.
  const auto size = [scale](std::uint64_t neighbour) {
    constexpr std::uint64_t large_scale = 1200;  // 4.7
    if (scale <= large_scale) return std::min<std::uint64_t>(neighbour, 2);
    return std::uint64_t{512 * neighbour >= scale} + (512 * neighbour >= 3 * scale);
  };
  const auto index = [](int number) { return static_cast<std::uint32_t>(number); };
  const int tap = static_cast<int>(std::min<std::int64_t>(column_ % plane, kTaps - 1));
  return {ternary(size(above), size(up), size(left), size(above_left), size(above_right)),
          index(scale_at),
          index(half_octave_of(scale_at) * kRatios + std::clamp(ratio, 0, kRatios - 1)),
          index(tap * kOctaves + octave(scale_at)),
          index(half_octave_of(scale_index(row_mean))) * 27 + ternary(size(above), size(before), size(left)),
          index(half_octave_of(scale_index(column_mean))) * 27 + ternary(size(up), size(up2), size(left))};
}

std::array<std::uint32_t, kSignContexts> Neighbourhood::sign_contexts() const {
  const std::int64_t pitch = strides_.pitch, plane = strides_.plane;
  const auto digit = [this](std::int64_t rows, std::int64_t columns) {
    return sign(level(rows, columns)) + 1;
  };
  const int left = digit(0, 1), up = digit(1, 0), above = digit(0, pitch);
  return {
      ternary(left, up, digit(0, plane), digit(2, 0)), ternary(above, left, up),
      clamped_sum(column_sums_[static_cast<std::size_t>(column_)].signs) * 7 + clamped_sum(row_sum_.signs),
      ternary(above, digit(0, pitch + 1), digit(0, pitch - 1), digit(1, 1), digit(1, -1))};
}

void Neighbourhood::place(std::int32_t level) {
  *here_ = static_cast<std::int16_t>(level);
  for (Sum* sum : {&row_sum_, &column_sums_[static_cast<std::size_t>(column_)]}) {
    sum->magnitudes += static_cast<std::uint32_t>(std::abs(level));
    ++sum->count;
    sum->signs += sign(level);
  }
}

}  // namespace adagrain
