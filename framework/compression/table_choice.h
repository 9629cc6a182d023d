// Which probability table codes which weight: where granularity meets the static coders. Weights fall into
// groups, and groups with like symbols share a table.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/granularities/granularity.h"
#include "framework/compression/transforms/transform.h"

namespace adagrain {

// The weights that are coded, in row-major order: those of units that are alive.
struct CodedWeights {
  std::vector<std::uint32_t> element;  // [coded weight] -> its element
};

// Without those whose unit is 0 in `alive` (empty: none is) or whose step code is 0 (empty: not quantised).
CodedWeights collect_coded(const LayerUnits& cut, std::span<const std::uint8_t> alive,
                           std::span<const std::uint8_t> step_code);

// How large the levels of each row and each column are, in half octaves, 0..kScaleCodes - 1. What is empty
// does not count.
constexpr std::uint32_t kScaleCodes = 16;
struct ScaleCodes {
  std::vector<std::uint8_t> row, column;
};
// `levels` [element], around zero.
ScaleCodes scale_codes(std::span<const std::int32_t> levels, const CodedWeights& weights, MatrixShape shape);

// Groups of coded weights, numbered without gaps.
struct Grouping {
  std::vector<std::uint32_t> group;  // [coded weight]
  std::uint32_t groups = 0;
};
// By granularity: each unit with coded weights is a group.
Grouping group_by_units(const CodedWeights& weights, const UnitMap& units);
// By the sum of row code and column code: all weights of one scale, were the matrix of scales of rank one.
Grouping group_by_scales(const CodedWeights& weights, const ScaleCodes& codes, MatrixShape shape);

// How often each symbol occurs in each group; only what does occur.
struct GroupHistograms {
  struct Entry {
    std::uint16_t symbol;
    std::uint32_t count;
  };
  std::uint32_t alphabet = 0;
  std::vector<std::uint32_t> first;  // [group] -> its first entry; one more for the end
  std::vector<Entry> entries;
};

GroupHistograms group_histograms(std::span<const std::uint16_t> symbols, const Grouping& grouping,
                                 std::uint32_t alphabet);

// Clusters groups by what their symbols cost (k-means on coded length). Returns [group] -> table, < tables.
std::vector<std::uint8_t> cluster_groups(const GroupHistograms& groups, std::uint32_t tables);

// The histogram of each table's groups together.
SymbolCounts pooled(const GroupHistograms& groups, std::span<const std::uint8_t> table_of,
                    std::uint32_t tables);

}  // namespace adagrain
