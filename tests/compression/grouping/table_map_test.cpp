// Tables by groups, and the order of their streams, against the plain way: weight by weight.
#include "framework/compression/grouping/table_map.h"

#include <gtest/gtest.h>

#include <map>

#include "framework/core/random.h"

namespace adagrain {
namespace {

// Every weight of some random rows is coded, of the others a random half; or all are.
CodedWeights some_weights(MatrixShape shape, bool all, RandomStream& random) {
  const LayerUnits cut{tile_units(shape, 1, 1), one_unit(shape)};
  std::vector<std::uint8_t> alive(static_cast<std::size_t>(shape.count()), 1);
  for (std::int64_t row = 0; !all && row < shape.rows; ++row) {
    if (random.below(2) == 0) continue;
    for (std::int64_t column = 0; column < shape.columns; ++column) {
      alive[static_cast<std::size_t>(row * shape.columns + column)] = random.below(2) == 0;
    }
  }
  return collect_coded(cut, alive, {});
}

void expect_like_weight_by_weight(const CodedWeights& coded, MatrixShape shape, const WeightGroups& groups,
                                  const std::function<std::uint32_t(std::uint32_t)>& key_of,
                                  RandomStream& random) {
  // Groups are keys that occur, in order.
  const std::vector<std::uint32_t> elements = coded.elements();
  std::map<std::uint32_t, std::uint32_t> group_of;
  for (const std::uint32_t element : elements) group_of[key_of(element)] = 0;
  std::uint32_t count = 0;
  for (auto& [key, group] : group_of) group = count++;
  ASSERT_EQ(groups.count(), count);

  constexpr std::uint32_t tables = 5;
  std::vector<std::uint8_t> table_of_group(count);
  for (std::uint8_t& table : table_of_group) table = static_cast<std::uint8_t>(random.below(tables));
  std::vector<std::uint8_t> expected;
  std::vector<std::uint16_t> symbols;
  std::vector<Bytes> streams(tables);
  for (const std::uint32_t element : elements) {
    expected.push_back(table_of_group[group_of[key_of(element)]]);
    symbols.push_back(static_cast<std::uint16_t>(random.below(256)));
    streams[expected.back()].push_back(static_cast<std::uint8_t>(symbols.back()));
  }
  const TableMap map(coded, shape, groups, table_of_group, tables);
  EXPECT_EQ(map.tables(), expected);
  Bytes sorted;
  for (std::uint32_t table = 0; table < tables; ++table) {
    EXPECT_EQ(map.begin()[table], sorted.size());
    sorted.insert(sorted.end(), streams[table].begin(), streams[table].end());
  }
  EXPECT_EQ(map.begin()[tables], sorted.size());
  EXPECT_EQ(map.sorted(symbols), sorted);
  EXPECT_EQ(map.in_order(sorted), Bytes(symbols.begin(), symbols.end()));
}

const std::vector<MatrixShape> shapes = {{1, 1}, {1, 40}, {40, 1}, {7, 13}, {33, 20}};

TEST(TableMap, OfScalesIsWhatEachWeightSays) {
  RandomStream random(1, "scales");
  for (const MatrixShape shape : shapes) {
    for (int round = 0; round < 16; ++round) {
      const CodedWeights coded = some_weights(shape, round % 2 == 0, random);
      ScaleCodes codes;
      const bool rows = round % 3 != 0, columns = round % 3 != 1;
      for (std::int64_t row = 0; rows && row < shape.rows; ++row) {
        codes.row.push_back(static_cast<std::uint8_t>(random.below(kScaleCodes)));
      }
      for (std::int64_t column = 0; columns && column < shape.columns; ++column) {
        codes.column.push_back(static_cast<std::uint8_t>(random.below(kScaleCodes)));
      }
      const auto sum = [&](std::uint32_t element) {
        const auto width = static_cast<std::uint32_t>(shape.columns);
        return (rows ? codes.row[element / width] : 0u) + (columns ? codes.column[element % width] : 0u);
      };
      expect_like_weight_by_weight(coded, shape, WeightGroups::by_scales(coded, codes, shape), sum, random);
    }
  }
}

TEST(TableMap, OfUnitsIsWhatEachWeightSays) {
  RandomStream random(2, "units");
  for (const MatrixShape shape : shapes) {
    for (int round = 0; round < 16; ++round) {
      const CodedWeights coded = some_weights(shape, round % 2 == 0, random);
      const UnitMap units = tile_units(shape, 1 + static_cast<std::int64_t>(random.below(5)),
                                       1 + static_cast<std::int64_t>(random.below(50)));
      expect_like_weight_by_weight(
          coded, shape, WeightGroups::by_units(coded, units),
          [&](std::uint32_t element) { return units.of(element); }, random);
    }
  }
}

}  // namespace
}  // namespace adagrain
