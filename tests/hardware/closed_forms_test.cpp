// Array and memory together against closed forms: what binds, and from which size on.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/hardware/arrays/systolic_mapping.h"
#include "framework/hardware/memory/dram.h"

namespace adagrain {
namespace {

constexpr double kClockMhz = 400;
constexpr ArrayShape kArray{32, 32};
constexpr auto kWeightStationary = Dataflow::weight_stationary;

std::uint64_t weight_cycles(const Dram& dram, const MatrixProblem& problem, std::uint64_t weight_bytes) {
  const std::uint64_t weights = problem.groups * problem.inputs_per_output * problem.output_channels;
  return dram.transfer(weights * weight_bytes, {}, kClockMhz).cycles;
}

// A weight is used once: float32 weights arrive more slowly than the array takes them, whatever the memory.
TEST(ClosedForms, OneFullyConnectedOutputIsBoundByBandwidth) {
  const MatrixProblem problem{1, 4096, 4096};
  const std::uint64_t compute = count_systolic(problem, kArray, kWeightStationary).cycles;
  EXPECT_EQ(compute, 128u * 128 * (1 + 2 * 32 + 32 - 2));
  for (const std::string& name : Dram::names()) {
    const Dram dram = Dram::load(name);
    const double efficiency = dram.transfer(1, {}, kClockMhz).efficiency;
    const double ns = 4 * 4096.0 * 4096 / (dram.peak_gb_s() * efficiency);
    const std::uint64_t cycles = weight_cycles(dram, problem, 4);
    EXPECT_NEAR(static_cast<double>(cycles), ns * kClockMhz * 1e-3, 1) << name;
    EXPECT_GT(cycles, compute) << name;
  }
}

TEST(ClosedForms, AConvolutionOverManyPixelsIsBoundByArithmetic) {
  const MatrixProblem problem{56 * 56, 576, 64};
  const std::uint64_t compute = count_systolic(problem, kArray, kWeightStationary).cycles;
  EXPECT_EQ(compute, 18u * 2 * (56 * 56 + 64 + 32 - 2));
  for (const std::string& name : Dram::names())
    EXPECT_GT(compute, weight_cycles(Dram::load(name), problem, 4)) << name;
}

// folds (E + 2 rows + columns - 2) reaches the memory's cycles at E* = cycles / folds - 2 rows - columns + 2.
TEST(ClosedForms, MemoryAndArithmeticCrossAtTheComputedNumberOfPixels) {
  const ArrayShape small{8, 8};
  const Dram dram = Dram::load("LPDDR4_1x16");
  MatrixProblem problem{1, 64, 64};
  const std::uint64_t memory = weight_cycles(dram, problem, 16);
  const double folds = 8 * 8;
  const double crossing = static_cast<double>(memory) / folds - 2 * 8 - 8 + 2;
  ASSERT_GT(crossing, 2);
  const auto compute = [&](std::uint64_t pixels) {
    problem.output_pixels = pixels;
    return count_systolic(problem, small, kWeightStationary).cycles;
  };
  EXPECT_LT(compute(static_cast<std::uint64_t>(std::ceil(crossing)) - 1), memory);
  EXPECT_GE(compute(static_cast<std::uint64_t>(std::ceil(crossing))), memory);
}

}  // namespace
}  // namespace adagrain
