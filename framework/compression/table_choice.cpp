#include "framework/compression/table_choice.h"

#include <algorithm>
#include <numeric>

#include "framework/compression/integer_log.h"

namespace adagrain {

namespace {

constexpr int kRounds = 3;

// Price of each symbol under a table's histogram, 2^-16 bits; one count everywhere keeps the unseen finite.
std::vector<std::uint32_t> prices(const std::vector<std::uint32_t>& counts) {
  std::uint32_t total = static_cast<std::uint32_t>(counts.size());
  for (const std::uint32_t count : counts) total += count;
  const std::uint32_t whole = fixed_log2(total);
  std::vector<std::uint32_t> price;
  for (const std::uint32_t count : counts) price.push_back(whole - fixed_log2(count + 1));
  return price;
}

// Units in order of how far their symbols lie from the commonest one, cut into parts of equal numbers of
// symbols.
std::vector<std::uint8_t> initial_clusters(std::span<const std::uint16_t> symbols,
                                           std::span<const std::uint32_t> unit_of, std::uint32_t units,
                                           std::uint32_t alphabet, std::uint32_t tables) {
  std::vector<std::uint32_t> histogram(alphabet);
  for (const std::uint16_t symbol : symbols) ++histogram[symbol];
  const auto centre =
      static_cast<std::int32_t>(std::max_element(histogram.begin(), histogram.end()) - histogram.begin());
  std::vector<std::uint64_t> distance(units), size(units);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    distance[unit_of[i]] += static_cast<std::uint64_t>(std::abs(symbols[i] - centre));
    ++size[unit_of[i]];
  }
  std::vector<std::uint32_t> order(units);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    return distance[left] * size[right] < distance[right] * size[left];
  });
  std::vector<std::uint8_t> table(units);
  std::uint64_t passed = 0;
  for (const std::uint32_t unit : order) {
    table[unit] = static_cast<std::uint8_t>(
        std::min<std::uint64_t>(tables - 1, passed * tables / std::max<std::size_t>(1, symbols.size())));
    passed += size[unit];
  }
  return table;
}

}  // namespace

std::uint8_t neighbour_context(std::span<const std::int32_t> levels, MatrixShape shape, std::size_t element) {
  const auto columns = static_cast<std::size_t>(shape.columns);
  const auto magnitude = [&](std::size_t place) { return std::min(2, std::abs(levels[place])); };
  int sum = 0;
  if (element % columns != 0) sum += magnitude(element - 1);
  if (element >= columns) sum += magnitude(element - columns);
  return static_cast<std::uint8_t>(sum);
}

std::vector<std::uint8_t> cluster_units(std::span<const std::uint16_t> symbols,
                                        std::span<const std::uint32_t> unit_of, std::uint32_t units,
                                        std::uint32_t alphabet, std::uint32_t tables) {
  std::vector<std::uint8_t> table = initial_clusters(symbols, unit_of, units, alphabet, tables);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::vector<std::uint32_t>> price;
    for (std::uint32_t k = 0; k < tables; ++k) {
      std::vector<std::uint32_t> counts(alphabet);
      for (std::size_t i = 0; i < symbols.size(); ++i) counts[symbols[i]] += table[unit_of[i]] == k;
      price.push_back(prices(counts));
    }
    std::vector<std::uint64_t> cost(static_cast<std::size_t>(units) * tables);
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      std::uint64_t* unit_cost = &cost[static_cast<std::size_t>(unit_of[i]) * tables];
      for (std::uint32_t k = 0; k < tables; ++k) unit_cost[k] += price[k][symbols[i]];
    }
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      const auto* first = cost.data() + static_cast<std::size_t>(unit) * tables;
      table[unit] = static_cast<std::uint8_t>(std::min_element(first, first + tables) - first);
    }
  }
  return table;
}

}  // namespace adagrain
