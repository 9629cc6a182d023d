#include "framework/hardware/compatibility/sparse_element.h"

#include <gtest/gtest.h>

#include <fstream>

#include "framework/core/error.h"
#include "framework/hardware/reference_table.h"
#include "tests/hardware/hardware_test_data.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

TEST(SparseElement, ThePublishedCyclesOfEveryLayerAreExact) {
  const auto folder = hardware_test_data("eyerissv2_pe");
  const auto rows = read_reference_table(folder / "cycles.csv");
  ASSERT_FALSE(rows.empty());
  for (const auto& row : rows) {
    const std::string& layer = row.at("layer");
    const auto inputs = read_mask(folder / (layer + "_iacts.txt"));
    const auto weights = read_mask(folder / (layer + "_weights.txt"));
    EXPECT_EQ(inputs.size(), std::stoul(row.at("C")) * std::stoul(row.at("E")) * std::stoul(row.at("F")));
    EXPECT_EQ(weights.size(), std::stoul(row.at("C")) * std::stoul(row.at("M")));
    EXPECT_EQ(sparse_element_cycles(inputs, weights, std::stoull(row.at("C"))), std::stoull(row.at("cycles")))
        << layer;
  }
}

TEST(SparseElement, AMaskHoldsZerosAndOnes) {
  const TemporaryFolder folder;
  const auto file = folder / "mask.txt";
  std::ofstream(file) << "01 1\n0";
  EXPECT_EQ(read_mask(file), (std::vector<std::uint8_t>{0, 1, 1, 0}));
  std::ofstream(file) << "012";
  EXPECT_THROW(read_mask(file), DataError);
  EXPECT_THROW(read_mask(folder / "none.txt"), DataError);
}

TEST(SparseElement, MasksOfHalfAChannelAreRefused) {
  const std::vector<std::uint8_t> three(3, 1), four(4, 1);
  EXPECT_EQ(sparse_element_cycles(four, four, 2), 8u);
  EXPECT_THROW(sparse_element_cycles(three, four, 2), ConfigError);
  EXPECT_THROW(sparse_element_cycles(four, four, 0), ConfigError);
}

}  // namespace
}  // namespace adagrain
