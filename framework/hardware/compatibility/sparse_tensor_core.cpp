#include "framework/hardware/compatibility/sparse_tensor_core.h"

#include <fmt/ranges.h>

#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/random.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

namespace {

constexpr double kMultipliers = 1024;
constexpr double kInputBits = 8, kWeightShareBits = 3;
// Two inputs, the place in a block of four and the weight's share: what a 2:4 core reads for a product.
constexpr double kBitsOfAProduct = 2 * kInputBits + 2 + kWeightShareBits;

constexpr int kTile = 32, kStepsOfA = 8, kStepsOfB = 16;
constexpr std::size_t kDrawnSteps = 1 << 14;  // a relative error of some 0.3 %

struct NamedDesign {
  const char* word;
  StructuredDesign design;
};
constexpr std::array<NamedDesign, 5> kDesigns{{{"dense", StructuredDesign::dense},
                                               {"two_of_four", StructuredDesign::two_of_four},
                                               {"flexible", StructuredDesign::flexible},
                                               {"flexible_runs", StructuredDesign::flexible_runs},
                                               {"dual_compressed", StructuredDesign::dual_compressed}}};

std::vector<std::uint32_t> draw_masks(double density, std::uint64_t seed, const char* stream) {
  require<ConfigError>(density >= 0 && density <= 1, "density is {}; allowed: 0 to 1", density);
  RandomStream random(seed, stream);
  std::vector<std::uint32_t> masks(kDrawnSteps);
  for (std::uint32_t& mask : masks) {
    for (int bit = 0; bit < kTile; ++bit) mask |= std::uint32_t{random.uniform() < density} << bit;
  }
  return masks;
}

}  // namespace

StructuredDesign parse_structured_design(const std::string& word) {
  std::vector<std::string> known;
  for (const auto& [name, design] : kDesigns) {
    if (word == name) return design;
    known.push_back(name);
  }
  throw ConfigError(fmt::format("design is '{}'; allowed: {}", word, fmt::join(known, ", ")));
}

std::uint64_t structured_cycles(const StructuredProblem& problem, StructuredDesign design) {
  require<ConfigError>(problem.block >= 2 && problem.block <= 64, "block is {}; allowed: 2 to 64",
                       problem.block);
  require<ConfigError>(problem.stored_weights >= 0 && problem.stored_weights <= 1 &&
                           problem.input_density >= 0 && problem.input_density <= 1,
                       "densities are {} and {}; allowed: 0 to 1", problem.stored_weights,
                       problem.input_density);
  const double dense = static_cast<double>(problem.m) * static_cast<double>(problem.k) *
                       static_cast<double>(problem.n) / kMultipliers;
  double cycles = dense;
  if (problem.block > 2 && design == StructuredDesign::two_of_four) {
    cycles = problem.block >= 4 ? dense / 2 : dense;
  } else if (problem.block > 2 && design != StructuredDesign::dense) {
    const bool dual = design == StructuredDesign::dual_compressed;
    const bool runs = design == StructuredDesign::flexible_runs || dual;
    const double places = static_cast<double>(runs ? problem.block - 2 : problem.block);
    const double input_bits = dual ? kInputBits * problem.input_density + 1 : kInputBits;
    const double bits =
        static_cast<double>(problem.block) / 2 * input_bits + std::ceil(std::log2(places)) + kWeightShareBits;
    cycles = dense * problem.stored_weights * std::max(1.0, bits / kBitsOfAProduct);
  }
  // A product of decimal densities may lie a hair above the whole number it stands for.
  return static_cast<std::uint64_t>(std::ceil(cycles - 1e-6));
}

std::uint64_t dual_side_steps(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  ensure(a.size() == b.size(), "{} columns by {} rows", a.size(), b.size());
  std::uint64_t steps = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    steps += divide_up(static_cast<std::uint64_t>(std::popcount(a[i])), kStepsOfA) *
             divide_up(static_cast<std::uint64_t>(std::popcount(b[i])), kStepsOfB);
  }
  return steps;
}

double dual_side_share(double a_density, double b_density, std::uint64_t seed) {
  const auto a = draw_masks(a_density, seed, "dual side a");
  const auto b = draw_masks(b_density, seed, "dual side b");
  constexpr double kDenseSteps = kDrawnSteps * (kTile / kStepsOfA) * (kTile / kStepsOfB);
  return static_cast<double>(dual_side_steps(a, b)) / kDenseSteps;
}

}  // namespace adagrain
