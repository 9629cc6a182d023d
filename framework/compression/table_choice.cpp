#include "framework/compression/table_choice.h"

#include <algorithm>
#include <numeric>

#include "framework/compression/integer_log.h"

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

std::span<const UnitHistograms::Entry> entries_of(const UnitHistograms& units, std::size_t unit) {
  return std::span(units.entries).subspan(units.first[unit], units.first[unit + 1] - units.first[unit]);
}

// Units in order of how far their symbols lie from the commonest one on average, cut into parts of equal
// numbers of symbols.
std::vector<std::uint8_t> initial_clusters(const UnitHistograms& units, std::uint32_t tables) {
  const std::size_t count = units.first.size() - 1;
  const std::vector<std::uint32_t> histogram = pooled(units, std::vector<std::uint8_t>(count), 1)[0];
  const auto centre =
      static_cast<std::int32_t>(std::max_element(histogram.begin(), histogram.end()) - histogram.begin());
  std::vector<std::uint64_t> distance(count), size(count);
  std::uint64_t total = 0;
  for (std::size_t unit = 0; unit < count; ++unit) {
    for (const auto& [symbol, times] : entries_of(units, unit)) {
      distance[unit] += static_cast<std::uint64_t>(std::abs(symbol - centre)) * times;
      size[unit] += times;
    }
    total += size[unit];
  }
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    return distance[left] * size[right] < distance[right] * size[left];
  });
  std::vector<std::uint8_t> table(count);
  std::uint64_t passed = 0;
  for (const std::uint32_t unit : order) {
    table[unit] = static_cast<std::uint8_t>(passed * tables / total);
    passed += size[unit];
  }
  return table;
}

// Each unit to the table under which its symbols are cheapest.
std::vector<std::uint8_t> reassigned(const UnitHistograms& units, const SymbolCounts& counts) {
  std::vector<std::vector<std::uint32_t>> price;
  for (const auto& table : counts) price.push_back(prices(table));
  std::vector<std::uint8_t> best(units.first.size() - 1);
  for (std::size_t unit = 0; unit < best.size(); ++unit) {
    std::uint64_t least = ~std::uint64_t{0};
    for (std::size_t table = 0; table < price.size(); ++table) {
      std::uint64_t cost = 0;
      for (const auto& [symbol, times] : entries_of(units, unit)) {
        cost += std::uint64_t{times} * price[table][symbol];
      }
      if (cost < least) {
        least = cost;
        best[unit] = static_cast<std::uint8_t>(table);
      }
    }
  }
  return best;
}

}  // namespace

void number_coded_units(CodedWeights& weights, const UnitMap& units) {
  std::vector<bool> used(units.count);
  for (const std::uint32_t element : weights.element) used[units.unit_of[element]] = true;
  std::vector<std::uint32_t> number(units.count);
  for (std::size_t unit = 0; unit < number.size(); ++unit) {
    number[unit] = weights.units;
    weights.units += used[unit];
  }
  weights.unit.reserve(weights.element.size());
  for (const std::uint32_t element : weights.element) weights.unit.push_back(number[units.unit_of[element]]);
}

UnitHistograms unit_histograms(std::span<const std::uint16_t> symbols, const CodedWeights& weights,
                               std::uint32_t alphabet) {
  // Symbols in the order of their units, then unit by unit.
  std::vector<std::uint32_t> begin(weights.units + 1);
  for (const std::uint32_t unit : weights.unit) ++begin[unit + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::uint16_t> sorted(symbols.size());
  std::vector<std::uint32_t> next = begin;
  for (std::size_t i = 0; i < symbols.size(); ++i) sorted[next[weights.unit[i]]++] = symbols[i];

  UnitHistograms histograms;
  histograms.alphabet = alphabet;
  std::vector<std::uint32_t> count(alphabet);
  for (std::uint32_t unit = 0; unit < weights.units; ++unit) {
    const auto own = std::span(sorted).subspan(begin[unit], begin[unit + 1] - begin[unit]);
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

std::vector<std::uint8_t> cluster_units(const UnitHistograms& units, std::uint32_t tables) {
  std::vector<std::uint8_t> table = initial_clusters(units, tables);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::uint8_t> better = reassigned(units, pooled(units, table, tables));
    if (better == table) break;
    table = std::move(better);
  }
  return table;
}

SymbolCounts pooled(const UnitHistograms& units, std::span<const std::uint8_t> table_of,
                    std::uint32_t tables) {
  SymbolCounts counts(tables, std::vector<std::uint32_t>(units.alphabet));
  for (std::size_t unit = 0; unit < table_of.size(); ++unit) {
    for (const auto& [symbol, times] : entries_of(units, unit)) counts[table_of[unit]][symbol] += times;
  }
  return counts;
}

}  // namespace adagrain
