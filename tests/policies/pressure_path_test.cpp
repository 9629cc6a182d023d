#include "policies/pressure_path.h"

#include <gtest/gtest.h>

#include "tests/policies/synthetic_network.h"

namespace adagrain {

namespace {

CandidateTable one_layer(std::vector<std::uint64_t> bytes) {
  CandidateTable table(1);
  for (const std::uint64_t size : bytes) table[0].push_back(priced("layer", {"ans"}, {}, size, 0));
  return table;
}

TEST(PressurePath, EqualStepsOfPressureAreEqualRatiosOfBytes) {
  const CandidateTable table = one_layer({1023, 511, 255, 127, 63});
  const PressurePath path(table, {{0}, {1}, {2}, {3}, {4}});
  EXPECT_EQ(path.at(0).bytes, 1023u);
  EXPECT_EQ(path.at(0.24).bytes, 511u);
  EXPECT_EQ(path.at(0.25).bytes, 511u);
  EXPECT_EQ(path.at(0.26).bytes, 255u);
  EXPECT_EQ(path.at(1).bytes, 63u);
}

TEST(PressurePath, DropsPointsThatSaveNothing) {
  const CandidateTable table = one_layer({100, 100, 120, 50});
  const PressurePath path(table, {{0}, {1}, {2}, {3}});
  ASSERT_EQ(path.points().size(), 2u);
  EXPECT_EQ(path.points()[1].bytes, 50u);
}

TEST(PressurePath, PressureOutsideItsRangeIsABug) {
  const CandidateTable table = one_layer({100});
  const PressurePath path(table, {{0}});
  EXPECT_THROW(path.at(-0.1), InternalError);
  EXPECT_THROW(path.at(1.1), InternalError);
  EXPECT_EQ(path.at(1).bytes, 100u);
}

}  // namespace

}  // namespace adagrain
