// Which probability table codes which weight: where granularity meets the static coder. At block and
// feature_map granularity units cluster into a few tables and each unit stores which.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/granularities/granularity.h"

namespace adagrain {

// The weights that are coded, in row-major order: those of units that are alive.
struct CodedWeights {
  std::vector<std::uint32_t> element;  // [coded weight] -> its element
  std::vector<std::uint32_t> unit;  // [coded weight] -> its unit; units without coded weights are not counted
  std::uint32_t units = 0;
};

// Appends the elements that `coded` names, in order.
template <typename Predicate>
CodedWeights collect_coded(const UnitMap& units, const Predicate& coded) {
  CodedWeights weights;
  weights.element.reserve(units.unit_of.size());
  for (std::size_t i = 0; i < units.unit_of.size(); ++i) {
    if (coded(i)) weights.element.push_back(static_cast<std::uint32_t>(i));
  }
  return weights;
}

// Fills `unit` and `units`.
void number_coded_units(CodedWeights& weights, const UnitMap& units);

// How often each symbol occurs in each unit; only what does occur.
struct UnitHistograms {
  struct Entry {
    std::uint16_t symbol;
    std::uint32_t count;
  };
  std::uint32_t alphabet = 0;
  std::vector<std::uint32_t> first;  // [unit] -> its first entry; one more for the end
  std::vector<Entry> entries;
};

UnitHistograms unit_histograms(std::span<const std::uint16_t> symbols, const CodedWeights& weights,
                               std::uint32_t alphabet);

// Clusters units by what their symbols cost (k-means on coded length). Returns [unit] -> table, < tables.
std::vector<std::uint8_t> cluster_units(const UnitHistograms& units, std::uint32_t tables);

// The histogram of each table's units together.
SymbolCounts pooled(const UnitHistograms& units, std::span<const std::uint8_t> table_of,
                    std::uint32_t tables);

}  // namespace adagrain
