#include "framework/hardware/compatibility/sparse_tensor_core.h"

#include <gtest/gtest.h>

#include <vector>

#include "framework/core/error.h"
#include "framework/hardware/reference_table.h"
#include "tests/hardware/hardware_test_data.h"

namespace adagrain {
namespace {

constexpr std::uint64_t kSeed = 1;

StructuredDesign design_of(const std::string& name) {
  if (name.starts_with("TC")) return StructuredDesign::dense;
  if (name.starts_with("STC_flexible_dualCompress")) return StructuredDesign::dual_compressed;
  if (name.starts_with("STC_flexible"))
    return name.ends_with("RLE") ? StructuredDesign::flexible_runs : StructuredDesign::flexible;
  return StructuredDesign::two_of_four;
}

std::uint64_t block_of(const std::string& density) {
  if (density == "0.25") return 8;
  if (density == "0.3333") return 6;
  return density == "0.5" ? 4 : 2;
}

// Sparseloop's own DSTC rows follow its statistical model of buffers, which is not remade here.
TEST(SparseTensorCore, EveryStructuredRowIsMet) {
  std::size_t compared = 0;
  for (const auto& row : read_reference_table(hardware_test_data("stc_resnet50_int8.csv"))) {
    const std::string& design = row.at("design");
    if (design.starts_with("DSTC")) continue;
    StructuredProblem problem{.m = std::stoull(row.at("m")),
                              .k = std::stoull(row.at("k")),
                              .n = std::stoull(row.at("n")),
                              .block = block_of(row.at("weight_density")),
                              .input_density = reference_number(row, "input_density")};
    const double products = static_cast<double>(problem.m * problem.k * problem.n);
    // What blocks of six store of a cut block depends on the mapping; the products say it.
    if (!row.at("actual_computes").empty())
      problem.stored_weights = reference_number(row, "actual_computes") / products;
    const double cycles = static_cast<double>(structured_cycles(problem, design_of(design)));
    EXPECT_NEAR(cycles / reference_number(row, "cycles"), 1, 1e-4)
        << design << ' ' << problem.m << ' ' << row.at("weight_density");
    ++compared;
  }
  EXPECT_GT(compared, 0u);
}

TEST(SparseTensorCore, TheDualSideGridIsMonotoneAndWithinFifteenPercent) {
  const auto rows = read_reference_table(hardware_test_data("dual_side_grid.csv"));
  ASSERT_FALSE(rows.empty());
  const double dense = reference_number(rows.front(), "cycles");
  for (const auto& row : rows) {
    const double share =
        dual_side_share(reference_number(row, "a_density"), reference_number(row, "b_density"), kSeed);
    EXPECT_NEAR(share * dense / reference_number(row, "cycles"), 1, 0.15)
        << row.at("a_density") << ' ' << row.at("b_density") << ' ' << share * dense;
  }
  for (const double fixed : {0.2, 0.6, 1.0}) {
    double last_a = 0, last_b = 0;
    for (const double density : {0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0}) {
      const double by_a = dual_side_share(density, fixed, kSeed),
                   by_b = dual_side_share(fixed, density, kSeed);
      EXPECT_GE(by_a, last_a) << fixed << ' ' << density;
      EXPECT_GE(by_b, last_b) << fixed << ' ' << density;
      last_a = by_a;
      last_b = by_b;
    }
  }
  EXPECT_DOUBLE_EQ(dual_side_share(1, 1, kSeed), 1);
  EXPECT_DOUBLE_EQ(dual_side_share(0, 1, kSeed), 0);
}

TEST(SparseTensorCore, CondensedColumnsTakeWholeSteps) {
  const std::vector<std::uint32_t> a{0x1ff, 0xff, 0}, b{0x1ffff, 0x1, 0xff};
  EXPECT_EQ(dual_side_steps(a, b), 2u * 2 + 1 * 1 + 0);
  EXPECT_THROW(dual_side_steps(a, std::vector<std::uint32_t>(2)), InternalError);
}

TEST(SparseTensorCore, MistakesNameWhatIsAllowed) {
  EXPECT_EQ(parse_structured_design("flexible_runs"), StructuredDesign::flexible_runs);
  EXPECT_THROW(parse_structured_design("sparse"), ConfigError);
  EXPECT_THROW(structured_cycles({1, 1, 1, 1}, StructuredDesign::dense), ConfigError);
  EXPECT_THROW(structured_cycles({1, 1, 1, 4, 2.0}, StructuredDesign::dense), ConfigError);
  EXPECT_THROW(dual_side_share(1.1, 1, kSeed), ConfigError);
}

}  // namespace
}  // namespace adagrain
