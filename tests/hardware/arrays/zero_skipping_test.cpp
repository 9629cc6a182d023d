#include "framework/hardware/arrays/zero_skipping.h"

#include <gtest/gtest.h>

#include <vector>

#include "framework/core/error.h"
#include "framework/core/random.h"

namespace adagrain {
namespace {

using Mask = std::vector<std::uint8_t>;

Mask random_mask(std::size_t size, double density, const char* stream) {
  RandomStream random(7, stream);
  Mask mask(size);
  for (auto& value : mask) value = random.uniform() < density;
  return mask;
}

struct NamedProblem {
  const char* name;
  MatrixProblem problem;
};

// E, Kd, K, groups.
const std::vector<NamedProblem> kShapes{{"convolution", {36, 27, 10, 1}},
                                        {"depthwise", {36, 9, 1, 16}},
                                        {"1x1", {49, 24, 40, 1}},
                                        {"fully connected", {1, 300, 70, 1}},
                                        {"attention", {20, 16, 20, 4}}};

TEST(ZeroSkipping, WithoutZerosEveryShapeTakesTheClosedForm) {
  for (const auto& [name, problem] : kShapes) {
    const ArrayShape array{4, 8};
    const Mask weights(problem.groups * problem.output_channels * problem.inputs_per_output, 1);
    const Mask inputs(problem.groups * problem.output_pixels * problem.inputs_per_output, 1);
    const auto up = [](std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; };
    const std::uint64_t expected = problem.output_pixels * up(problem.inputs_per_output, array.rows) *
                                   up(problem.groups * problem.output_channels, array.columns);
    for (const auto& mask : {Mask{}, inputs}) {
      const auto count = count_zero_skipping(problem, weights, mask, array);
      EXPECT_EQ(count.cycles, expected) << name;
      EXPECT_EQ(count.products, problem.macs()) << name;
      EXPECT_LE(count.utilisation, 1) << name;
    }
  }
}

// The slowest lane binds: no fewer cycles than the mean over lanes, no more than without zeros.
TEST(ZeroSkipping, CyclesLieBetweenPerfectBalanceAndDense) {
  const ArrayShape array{4, 8};
  for (const auto& [name, problem] : kShapes) {
    const std::size_t weight_count = problem.groups * problem.output_channels * problem.inputs_per_output;
    const std::size_t input_count = problem.groups * problem.output_pixels * problem.inputs_per_output;
    const Mask weights = random_mask(weight_count, 0.4, "weights");
    const Mask inputs = random_mask(input_count, 0.6, "inputs");
    const auto dense = count_zero_skipping(problem, Mask(weight_count, 1), {}, array);
    const auto by_weights = count_zero_skipping(problem, weights, {}, array);
    const auto by_both = count_zero_skipping(problem, weights, inputs, array);
    EXPECT_LE(by_weights.cycles, dense.cycles) << name;
    EXPECT_LE(by_both.cycles, by_weights.cycles) << name;
    for (const auto& count : {by_weights, by_both}) {
      EXPECT_GE(count.cycles * array.rows * array.columns, count.products) << name;
      EXPECT_GT(count.utilisation, 0) << name;
      EXPECT_LE(count.utilisation, 1) << name;
    }
  }
}

// Two channels on two columns, one row: 3 and 1 kept weights take 3 cycles a pixel, not the mean of 2.
TEST(ZeroSkipping, ALaneWithMoreWorkHoldsUpTheOthers) {
  const MatrixProblem problem{5, 4, 2, 1};
  const Mask weights{1, 1, 1, 0, 0, 0, 1, 0};
  const auto count = count_zero_skipping(problem, weights, {}, {1, 2});
  EXPECT_EQ(count.cycles, 15u);
  EXPECT_EQ(count.products, 20u);
  EXPECT_DOUBLE_EQ(count.utilisation, 20.0 / 30);
}

TEST(ZeroSkipping, ALayerOfZerosTakesNoCycle) {
  const auto count = count_zero_skipping({5, 4, 2, 1}, Mask(8, 0), {}, {2, 2});
  EXPECT_EQ(count.cycles, 0u);
  EXPECT_EQ(count.utilisation, 0);
}

TEST(ZeroSkipping, MasksOfAnotherSizeAreOurBug) {
  EXPECT_THROW(count_zero_skipping({5, 4, 2, 1}, Mask(7, 1), {}, {2, 2}), InternalError);
  EXPECT_THROW(count_zero_skipping({5, 4, 2, 1}, Mask(8, 1), Mask(3, 1), {2, 2}), InternalError);
}

}  // namespace
}  // namespace adagrain
