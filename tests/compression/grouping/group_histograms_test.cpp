#include "framework/compression/grouping/group_histograms.h"

#include <gtest/gtest.h>

#include <map>

#include "framework/core/random.h"

namespace adagrain {
namespace {

TEST(GroupHistograms, OfUnitsCountWhatEachCodedWeightSays) {
  RandomStream random(1, "histograms");
  for (int round = 0; round < 200; ++round) {
    const MatrixShape shape = {1 + static_cast<std::int64_t>(random.below(9)),
                               1 + static_cast<std::int64_t>(random.below(40))};
    const UnitMap units = tile_units(shape, 1 + static_cast<std::int64_t>(random.below(4)),
                                     1 + static_cast<std::int64_t>(random.below(50)));
    // Some of the weights, in ranges that respect neither rows nor units.
    CodedWeights coded;
    const auto count = static_cast<std::uint32_t>(shape.count());
    for (std::uint32_t at = static_cast<std::uint32_t>(random.below(3)); at < count;) {
      const std::uint32_t end = std::min<std::uint32_t>(count, at + 1 + random.below(30));
      coded.ranges.push_back({at, end});
      coded.count += end - at;
      at = end + 1 + static_cast<std::uint32_t>(random.below(round % 2 == 0 ? 3 : 40));
    }
    const WeightGroups groups = WeightGroups::by_units(coded, units);
    std::vector<std::uint16_t> symbols;
    std::vector<std::map<std::uint16_t, std::uint32_t>> expected(groups.count());
    for (const std::uint32_t element : coded.elements()) {
      symbols.push_back(static_cast<std::uint16_t>(random.below(5)));
      ++expected[groups.group_of(units.of(element))][symbols.back()];
    }
    const GroupHistograms histograms = unit_histograms(symbols, coded_runs(coded, shape), groups, 5);
    ASSERT_EQ(histograms.groups(), groups.count());
    for (std::size_t group = 0; group < expected.size(); ++group) {
      std::map<std::uint16_t, std::uint32_t> counted;
      for (const auto& [symbol, times] : histograms.of(group)) counted[symbol] += times;
      EXPECT_EQ(counted, expected[group]) << "round " << round << ", group " << group;
    }
  }
}

}  // namespace
}  // namespace adagrain
