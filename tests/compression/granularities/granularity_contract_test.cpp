// Every registered granularity keeps the promise of granularity.h on every shape.
#include <gtest/gtest.h>

#include <set>

#include "framework/compression/granularities/granularity.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

const std::vector<Shape> shapes = {{},           {0},          {1},          {7},          {0, 5},
                                   {5, 0},       {1, 1},       {1, 9},       {9, 1},       {3, 5},
                                   {8, 64},      {7, 65},      {4, 1, 3, 3}, {6, 4, 1, 1}, {5, 3, 3, 3},
                                   {2, 3, 0, 3}, {1, 1, 1, 1}, {13, 129}};

class GranularityContract : public testing::TestWithParam<std::string> {};

// Defaults, and every parameter at its least and at an odd value.
std::vector<Parameters> parameter_sets(const Granularity& granularity) {
  std::vector<Parameters> sets(3);
  for (const ParameterSpec& spec : granularity.parameters()) {
    sets[1].emplace(spec.name, spec.minimum);
    sets[2].emplace(spec.name, 3);
  }
  return sets;
}

// [element]
std::vector<std::uint32_t> units_of(const UnitMap& map) {
  std::vector<std::uint32_t> units;
  for (std::int64_t i = 0; i < map.shape.count(); ++i) units.push_back(map.of(static_cast<std::size_t>(i)));
  return units;
}

void expect_tiling(const UnitMap& map, MatrixShape shape) {
  ASSERT_EQ(map.shape.count(), shape.count());
  std::uint32_t next = 0;  // the number a unit gets when it first appears
  for (const std::uint32_t unit : units_of(map)) {
    ASSERT_LE(unit, next);
    if (unit == next) ++next;
  }
  EXPECT_EQ(map.count, next) << "a unit has no element";
}

TEST_P(GranularityContract, UnitsTileTheTensorOnceAndAreNumberedAsTheyAppear) {
  const auto granularity = Registry<Granularity>::create(GetParam());
  for (const Shape& shape : shapes) {
    for (const Parameters& parameters : parameter_sets(*granularity)) {
      SCOPED_TRACE(testing::PrintToString(shape) + testing::PrintToString(parameters));
      const MatrixShape matrix = matrix_shape(shape);
      const UnitMap units = granularity->units(matrix, parameters);
      const UnitMap step_units = granularity->step_units(matrix, parameters);
      expect_tiling(units, matrix);
      expect_tiling(step_units, matrix);
      EXPECT_TRUE(step_units.count <= 1 || units_of(step_units) == units_of(units));
    }
  }
}

// From every element to the last.
TEST_P(GranularityContract, RunsAreTheUnitsOfTheirElements) {
  const auto granularity = Registry<Granularity>::create(GetParam());
  for (const Shape& shape : shapes) {
    for (const Parameters& parameters : parameter_sets(*granularity)) {
      SCOPED_TRACE(testing::PrintToString(shape) + testing::PrintToString(parameters));
      const UnitMap map = granularity->units(matrix_shape(shape), parameters);
      const std::vector<std::uint32_t> expected = units_of(map);
      for (std::size_t first = 0; first <= expected.size(); ++first) {
        std::vector<std::uint32_t> units;
        for_each_unit_run(map, first, expected.size(),
                          [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                            ASSERT_EQ(begin, first + units.size());
                            units.insert(units.end(), end - begin, unit);
                          });
        ASSERT_TRUE(std::equal(units.begin(), units.end(), expected.begin() + static_cast<long>(first),
                               expected.end()));
      }
    }
  }
}

TEST_P(GranularityContract, ItsIdIsItsOwn) {
  std::set<int> ids;
  for (const std::string& name : Registry<Granularity>::names()) {
    EXPECT_TRUE(ids.insert(Registry<Granularity>::create(name)->id()).second) << name;
  }
  EXPECT_LT(*ids.rbegin(), 8) << "a payload has three bits for it";
}

INSTANTIATE_TEST_SUITE_P(All, GranularityContract, testing::ValuesIn(Registry<Granularity>::names()),
                         [](const auto& test) { return test.param; });

TEST(MatrixShape, RowsAreOutputChannels) {
  const auto expect = [](const Shape& shape, std::int64_t rows, std::int64_t columns) {
    EXPECT_EQ(matrix_shape(shape).rows, rows) << testing::PrintToString(shape);
    EXPECT_EQ(matrix_shape(shape).columns, columns) << testing::PrintToString(shape);
  };
  expect({20, 1, 5, 5}, 20, 25);
  expect({10, 500}, 10, 500);
  expect({16}, 1, 16);
  expect({}, 1, 1);
  EXPECT_EQ(matrix_shape({3, 0, 2}).count(), 0);
}

TEST(Granularities, CutAThreeByFiveMatrixAsTheirNamesSay) {
  using Units = std::vector<std::uint32_t>;
  const auto cut = [](const char* name, const Parameters& parameters) {
    return units_of(Registry<Granularity>::create(name)->units({3, 5}, parameters));
  };
  EXPECT_EQ(cut("layer", {}), Units(15, 0));
  EXPECT_EQ(cut("element", {}), (Units{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}));
  EXPECT_EQ(cut("feature_map", {}), (Units{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2}));
  // Ragged at the right and at the lower edge.
  EXPECT_EQ(cut("block", {{"block_rows", 2.0}, {"block_columns", 2.0}}),
            (Units{0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5}));
  EXPECT_EQ(cut("block", {}), (Units{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2}));
}

}  // namespace
}  // namespace adagrain
