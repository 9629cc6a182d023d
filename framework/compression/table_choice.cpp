#include "framework/compression/table_choice.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "framework/compression/integer_log.h"
#include "framework/compression/level_scale.h"

namespace adagrain {

namespace {

constexpr int kRounds = 6;

// Price of each symbol under a table's histogram, 2^-16 bits; one count everywhere keeps the unseen finite.
std::vector<std::uint32_t> prices(const std::vector<std::uint32_t>& counts) {
  std::uint32_t total = static_cast<std::uint32_t>(counts.size());
  for (const std::uint32_t count : counts) total += count;
  const std::uint32_t whole = fixed_log2(total);
  std::vector<std::uint32_t> price;
  price.reserve(counts.size());
  for (const std::uint32_t count : counts) price.push_back(whole - fixed_log2(count + 1));
  return price;
}

std::span<const GroupHistograms::Entry> entries_of(const GroupHistograms& groups, std::size_t group) {
  return std::span(groups.entries)
      .subspan(groups.first[group], groups.first[group + 1] - groups.first[group]);
}

// Groups in order of how far their symbols lie from the commonest one on average, cut into parts of equal
// numbers of symbols.
std::vector<std::uint8_t> initial_clusters(const GroupHistograms& groups, std::uint32_t tables) {
  const std::size_t count = groups.first.size() - 1;
  const std::vector<std::uint32_t> histogram = pooled(groups, std::vector<std::uint8_t>(count), 1)[0];
  const auto centre =
      static_cast<std::int32_t>(std::max_element(histogram.begin(), histogram.end()) - histogram.begin());
  std::vector<std::uint64_t> distance(count), size(count);
  std::uint64_t total = 0;
  for (std::size_t group = 0; group < count; ++group) {
    for (const auto& [symbol, times] : entries_of(groups, group)) {
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
  std::vector<std::vector<std::uint32_t>> price;
  for (const auto& table : counts) price.push_back(prices(table));
  std::vector<std::uint8_t> best(groups.first.size() - 1);
  for (std::size_t group = 0; group < best.size(); ++group) {
    std::uint64_t least = ~std::uint64_t{0};
    for (std::size_t table = 0; table < price.size(); ++table) {
      std::uint64_t cost = 0;
      for (const auto& [symbol, times] : entries_of(groups, group)) {
        cost += std::uint64_t{times} * price[table][symbol];
      }
      if (cost < least) {
        least = cost;
        best[group] = static_cast<std::uint8_t>(table);
      }
    }
  }
  return best;
}

}  // namespace

namespace {

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

// Calls `each(element, row, column)` in order. Not by division, which takes longer than decoding a weight.
template <typename Function>
void for_each_place(const CodedWeights& weights, std::size_t columns, const Function& each) {
  std::size_t row = 0, begin = 0;
  for (const std::uint32_t element : weights.element) {
    for (; element - begin >= columns; begin += columns) ++row;
    each(element, row, element - begin);
  }
}

// `number` [coded weight], below `size`, without gaps.
Grouping without_gaps(std::vector<std::uint32_t> number, std::size_t size) {
  std::vector<std::uint32_t> dense(size);
  for (const std::uint32_t each : number) dense[each] = 1;
  Grouping grouping;
  for (std::uint32_t& each : dense) {
    const bool used = each != 0;
    each = grouping.groups;
    grouping.groups += used;
  }
  grouping.group = std::move(number);
  for (std::uint32_t& each : grouping.group) each = dense[each];
  return grouping;
}

}  // namespace

CodedWeights collect_coded(const LayerUnits& cut, std::span<const std::uint8_t> alive,
                           std::span<const std::uint8_t> step_code) {
  const auto has_zero = [](std::span<const std::uint8_t> flags) {
    return std::find(flags.begin(), flags.end(), 0) != flags.end();
  };
  CodedWeights weights;
  weights.element.resize(static_cast<std::size_t>(cut.units.shape.count()));
  std::iota(weights.element.begin(), weights.element.end(), 0u);
  if (has_zero(alive)) {
    std::erase_if(weights.element, [&](std::uint32_t i) { return alive[cut.units.of(i)] == 0; });
  }
  if (has_zero(step_code)) {
    std::erase_if(weights.element, [&](std::uint32_t i) { return step_code[cut.step_units.of(i)] == 0; });
  }
  return weights;
}

ScaleCodes scale_codes(std::span<const std::int32_t> levels, const CodedWeights& weights, MatrixShape shape) {
  const auto rows = static_cast<std::size_t>(shape.rows), columns = static_cast<std::size_t>(shape.columns);
  std::vector<std::uint64_t> row_sums(rows), column_sums(columns);
  std::vector<std::uint32_t> row_counts(rows), column_counts(columns);
  for_each_place(weights, columns, [&](std::uint32_t element, std::size_t row, std::size_t column) {
    const auto magnitude = static_cast<std::uint64_t>(std::abs(levels[element]));
    row_sums[row] += magnitude;
    column_sums[column] += magnitude;
    ++row_counts[row];
    ++column_counts[column];
  });
  return {codes_of(row_sums, row_counts), codes_of(column_sums, column_counts)};
}

Grouping group_by_units(const CodedWeights& weights, const UnitMap& units) {
  std::vector<std::uint32_t> number;
  number.reserve(weights.element.size());
  for (const std::uint32_t element : weights.element) number.push_back(units.of(element));
  return without_gaps(std::move(number), units.count);
}

Grouping group_by_scales(const CodedWeights& weights, const ScaleCodes& codes, MatrixShape shape) {
  const auto columns = static_cast<std::size_t>(shape.columns);
  std::vector<std::uint32_t> number;
  number.reserve(weights.element.size());
  for_each_place(weights, columns, [&](std::uint32_t, std::size_t row, std::size_t column) {
    number.push_back((codes.row.empty() ? 0u : codes.row[row]) +
                     (codes.column.empty() ? 0u : codes.column[column]));
  });
  return without_gaps(std::move(number), 2 * kScaleCodes - 1);
}

GroupHistograms group_histograms(std::span<const std::uint16_t> symbols, const Grouping& grouping,
                                 std::uint32_t alphabet) {
  // Symbols in the order of their groups, then group by group.
  std::vector<std::uint32_t> begin(grouping.groups + 1);
  for (const std::uint32_t group : grouping.group) ++begin[group + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::uint16_t> sorted(symbols.size());
  std::vector<std::uint32_t> next = begin;
  for (std::size_t i = 0; i < symbols.size(); ++i) sorted[next[grouping.group[i]]++] = symbols[i];

  GroupHistograms histograms;
  histograms.alphabet = alphabet;
  std::vector<std::uint32_t> count(alphabet);
  for (std::uint32_t group = 0; group < grouping.groups; ++group) {
    const auto own = std::span(sorted).subspan(begin[group], begin[group + 1] - begin[group]);
    for (const std::uint16_t symbol : own) ++count[symbol];
    histograms.first.push_back(static_cast<std::uint32_t>(histograms.entries.size()));
    for (const std::uint16_t symbol : own) {
      if (count[symbol] > 0) histograms.entries.push_back({symbol, count[symbol]});
      count[symbol] = 0;
    }
  }
  histograms.first.push_back(static_cast<std::uint32_t>(histograms.entries.size()));
  return histograms;
}

std::vector<std::uint8_t> cluster_groups(const GroupHistograms& groups, std::uint32_t tables) {
  std::vector<std::uint8_t> table = initial_clusters(groups, tables);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::uint8_t> better = reassigned(groups, pooled(groups, table, tables));
    if (better == table) break;
    table = std::move(better);
  }
  return table;
}

SymbolCounts pooled(const GroupHistograms& groups, std::span<const std::uint8_t> table_of,
                    std::uint32_t tables) {
  SymbolCounts counts(tables, std::vector<std::uint32_t>(groups.alphabet));
  for (std::size_t group = 0; group < table_of.size(); ++group) {
    for (const auto& [symbol, times] : entries_of(groups, group)) counts[table_of[group]][symbol] += times;
  }
  return counts;
}

}  // namespace adagrain
