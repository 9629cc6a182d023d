#include "framework/compression/grouping/table_choice.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/metadata_stream.h"
#include "framework/compression/grouping/group_histograms.h"
#include "framework/compression/grouping/level_scale.h"
#include "framework/compression/grouping/stored_grouping.h"
#include "framework/core/registry.h"
#include "framework/core/simd_clones.h"

namespace adagrain {

namespace {

constexpr int kRounds = 6;
// With more groups than these only some of them, evenly spread, decide what the tables are, so that the
// search costs a large layer little for each weight.
constexpr std::size_t kMostDeciding = 1 << 14;

// Prices of a symbol under all tables, 2^-16 bits; 0 for those that are not there.
using Prices = std::array<std::uint32_t, kLargestTables>;

// [symbol]
std::vector<Prices> prices_of(const SymbolCounts& tables) {
  std::vector<Prices> prices(tables[0].size());
  for (std::size_t table = 0; table < tables.size(); ++table) {
    const std::vector<std::uint32_t> of_table = symbol_prices(tables[table]);
    for (std::size_t symbol = 0; symbol < prices.size(); ++symbol) prices[symbol][table] = of_table[symbol];
  }
  return prices;
}

// What the group takes with each table.
ADAGRAIN_CLONES void add_prices(std::span<const GroupHistograms::Entry> group, std::span<const Prices> prices,
                                std::array<std::uint64_t, kLargestTables>& sums) {
  std::array<std::uint64_t, kLargestTables> cost{};
  for (const auto& [symbol, times] : group) {
    const Prices& price = prices[symbol];
    for (std::size_t table = 0; table < kLargestTables; ++table) {
      cost[table] += std::uint64_t{times} * price[table];
    }
  }
  sums = cost;
}

// Groups in order of how far their symbols lie from the commonest one on average, cut into parts of equal
// numbers of symbols.
std::vector<std::uint8_t> initial_clusters(const GroupHistograms& groups, std::uint32_t tables) {
  const std::size_t count = groups.groups();
  const std::vector<std::uint32_t> histogram = pooled(groups, std::vector<std::uint8_t>(count), 1)[0];
  const auto centre =
      static_cast<std::int32_t>(std::max_element(histogram.begin(), histogram.end()) - histogram.begin());
  std::vector<std::uint64_t> distance(count), size(count);
  std::uint64_t total = 0;
  for (std::size_t group = 0; group < count; ++group) {
    for (const auto& [symbol, times] : groups.of(group)) {
      distance[group] += static_cast<std::uint64_t>(std::abs(symbol - centre)) * times;
      size[group] += times;
    }
    total += size[group];
  }
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    return distance[left] * size[right] < distance[right] * size[left];
  });
  std::vector<std::uint8_t> table(count);
  std::uint64_t passed = 0;
  for (const std::uint32_t group : order) {
    table[group] = static_cast<std::uint8_t>(passed * tables / total);
    passed += size[group];
  }
  return table;
}

// Each group to the table under which its symbols are cheapest.
std::vector<std::uint8_t> reassigned(const GroupHistograms& groups, const SymbolCounts& counts) {
  const std::vector<Prices> prices = prices_of(counts);
  std::vector<std::uint8_t> best(groups.groups());
  std::array<std::uint64_t, kLargestTables> cost;
  for (std::size_t group = 0; group < best.size(); ++group) {
    add_prices(groups.of(group), prices, cost);
    const auto tables = cost.begin() + static_cast<std::ptrdiff_t>(counts.size());
    best[group] = static_cast<std::uint8_t>(std::min_element(cost.begin(), tables) - cost.begin());
  }
  return best;
}

// About kMostDeciding of the groups, of which `across` stand side by side.
GroupHistograms deciding(const GroupHistograms& groups, std::size_t across) {
  std::size_t stride = (groups.groups() + kMostDeciding - 1) / kMostDeciding;
  while (std::gcd(stride, across) != 1) ++stride;  // so that every column of blocks has its say
  GroupHistograms some;
  some.alphabet = groups.alphabet;
  for (std::size_t group = 0; group < groups.groups(); group += stride) {
    const auto own = groups.of(group);
    some.entries.insert(some.entries.end(), own.begin(), own.end());
    some.first.push_back(some.entries.size());
  }
  return some;
}

// Clusters groups by what their symbols cost (k-means on coded length), `some` of them or all by themselves.
// Returns [group] -> table, < tables.
std::vector<std::uint8_t> cluster_groups(const GroupHistograms& groups, const GroupHistograms& some,
                                         std::uint32_t tables) {
  std::vector<std::uint8_t> table = initial_clusters(some, tables);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::uint8_t> better = reassigned(some, pooled(some, table, tables));
    if (better == table) break;
    table = std::move(better);
  }
  return some.groups() == groups.groups() ? table : reassigned(groups, pooled(some, table, tables));
}

// [row or column] -> half octaves of its mean magnitude, the largest at most kScaleCodes - 1 above 0.
std::vector<std::uint8_t> codes_of(const std::vector<std::uint64_t>& sums,
                                   const std::vector<std::uint32_t>& counts) {
  std::vector<int> scale;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    scale.push_back(counts[i] == 0 ? 0 : half_octave(scale_index(256 * sums[i] / counts[i])));
  }
  const int lowest =
      std::max(0, *std::max_element(scale.begin(), scale.end()) - static_cast<int>(kScaleCodes - 1));
  std::vector<std::uint8_t> codes;
  for (const int each : scale) codes.push_back(static_cast<std::uint8_t>(std::max(0, each - lowest)));
  return codes;
}

ScaleCodes scale_codes(const CodedWeights& coded, MatrixShape shape, std::span<const std::uint16_t> symbols,
                       std::int32_t zero_symbol) {
  const auto rows = static_cast<std::size_t>(shape.rows), columns = static_cast<std::size_t>(shape.columns);
  std::vector<std::uint64_t> row_sums(rows), column_sums(columns);
  std::vector<std::uint32_t> row_counts(rows), column_counts(columns);
  const std::uint16_t* next = symbols.data();
  for_each_coded_row(coded, shape, [&](std::size_t row, std::size_t begin, std::size_t end) {
    for (std::size_t column = begin; column < end; ++column) {
      const auto magnitude = static_cast<std::uint64_t>(std::abs(*next++ - zero_symbol));
      row_sums[row] += magnitude;
      column_sums[column] += magnitude;
      ++column_counts[column];
    }
    row_counts[row] += static_cast<std::uint32_t>(end - begin);
  });
  return {codes_of(row_sums, row_counts), codes_of(column_sums, column_counts)};
}

// The choice between numbers of tables and ways to group, by the bytes they take.
class Search {
 public:
  Search(std::uint32_t alphabet, std::span<const std::uint16_t> symbols)
      : symbols_(symbols.size()), coder_(Registry<EntropyCoder>::create("ans")) {
    least_ = coder_->price(symbol_counts(symbols, alphabet));
  }

  void try_groups(Grouping grouping, WeightGroups groups, const GroupHistograms& histograms) {
    const ScaleCodes& scales = groups.scales();
    const std::uint64_t scale_bytes =
        metadata_price(kScaleCodes, scales.row) + metadata_price(kScaleCodes, scales.column);
    const bool all = histograms.groups() <= kMostDeciding;
    const GroupHistograms fewer =
        all ? GroupHistograms()
            : deciding(histograms, static_cast<std::size_t>(groups.units().tiles_across()));
    const GroupHistograms& some = all ? histograms : fewer;
    bool better = false;
    for (const std::uint32_t tables : {2u, 3u, 4u, 6u, kLargestTables}) {
      // A table costs a few bytes: with fewer symbols than these there is nothing to gain.
      if (tables > groups.count() || symbols_ < 64 * tables) break;
      std::vector<std::uint8_t> of_group = cluster_groups(histograms, some, tables);
      const std::uint64_t bytes = 1 + scale_bytes + metadata_price(tables, of_group) +
                                  coder_->price(pooled(histograms, of_group, tables));
      if (bytes >= least_) continue;
      better = true;
      least_ = bytes;
      best_.tables = tables;
      best_.of_group = std::move(of_group);
    }
    if (!better) return;
    best_.grouping = grouping;
    best_.groups = std::move(groups);
  }

  TableChoice take() { return std::move(best_); }

 private:
  std::size_t symbols_;
  std::unique_ptr<EntropyCoder> coder_;
  TableChoice best_;
  std::uint64_t least_;
};

}  // namespace

TableChoice choose_tables(const CodedWeights& coded, const LayerUnits& cut, MatrixShape shape,
                          std::uint32_t alphabet, std::span<const std::uint16_t> symbols,
                          std::optional<std::int32_t> zero_symbol) {
  Search search(alphabet, symbols);
  const CodedRuns runs = coded_runs(coded, shape);
  const auto try_units = [&](Grouping grouping, const UnitMap& units) {
    WeightGroups groups = WeightGroups::by_units(coded, units);
    if (groups.count() < 2) return;
    const GroupHistograms histograms = unit_histograms(symbols, runs, groups, alphabet);
    search.try_groups(grouping, std::move(groups), histograms);
  };
  const UnitMap rows = rows_of(shape), blocks = blocks_of(shape);
  const auto same_tiles = [](const UnitMap& left, const UnitMap& right) {
    return left.tile_rows == right.tile_rows && left.tile_columns == right.tile_columns;
  };
  const bool by_units = units_are_groups(cut);
  if (by_units) try_units(Grouping::units, cut.units);
  if (!(by_units && same_tiles(cut.units, rows))) try_units(Grouping::rows, rows);
  if (blocks.count > rows.count && !(by_units && same_tiles(cut.units, blocks)))
    try_units(Grouping::blocks, blocks);
  if (zero_symbol) {
    const ScaleCodes both = scale_codes(coded, shape, symbols, *zero_symbol);
    const GroupHistograms pairs = scale_histograms(symbols, coded, both, shape, alphabet);
    for (const ScaleCodes& codes : {ScaleCodes{both.row, {}}, ScaleCodes{{}, both.column}, both}) {
      WeightGroups groups = WeightGroups::by_scales(coded, codes, shape);
      const GroupHistograms histograms = merged_scales(pairs, groups);
      search.try_groups(Grouping::scales, std::move(groups), histograms);
    }
  }
  return search.take();
}

}  // namespace adagrain
