// How often each symbol occurs in each group of weights.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/grouping/weight_groups.h"

namespace adagrain {

// Of one table. Symbols are below `alphabet`.
SymbolCounts symbol_counts(std::span<const std::uint16_t> symbols, std::uint32_t alphabet);

// [symbol]: what it takes by a table of these counts, bits in 2^-kLogFraction. One count more everywhere
// keeps symbols that nobody uses finite and dear.
std::vector<std::uint32_t> symbol_prices(std::span<const std::uint32_t> counts);

// Only what does occur. Whatever is made of it must not depend on the order of a group's entries.
struct GroupHistograms {
  struct Entry {
    std::uint16_t symbol;
    std::uint32_t count;
  };
  std::uint32_t alphabet = 0;
  std::vector<std::size_t> first = {0};  // [group] -> its first entry; one more for the end
  std::vector<Entry> entries;

  std::size_t groups() const { return first.size() - 1; }
  std::span<const Entry> of(std::size_t group) const {
    return std::span(entries).subspan(first[group], first[group + 1] - first[group]);
  }
};

// Coded columns of one row side by side.
struct CodedRuns {
  struct Run {
    std::size_t begin, end;  // columns
    std::size_t symbol;      // number of the first one's
  };
  std::vector<Run> runs;
  std::vector<std::size_t> first;  // [row] -> its first run; one more for the end
};
CodedRuns coded_runs(const CodedWeights& coded, MatrixShape shape);

// `symbols` [coded weight], of groups by units.
GroupHistograms unit_histograms(std::span<const std::uint16_t> symbols, const CodedRuns& coded,
                                const WeightGroups& groups, std::uint32_t alphabet);

// Symbols of each pair of a row code and a column code, kScaleCodes * row code + column code: what all
// groupings by scales are counted from.
GroupHistograms scale_histograms(std::span<const std::uint16_t> symbols, const CodedWeights& coded,
                                 const ScaleCodes& codes, MatrixShape shape, std::uint32_t alphabet);
// Of groups by rows' codes, columns' codes or both: codes that the groups leave out count 0.
GroupHistograms merged_scales(const GroupHistograms& pairs, const WeightGroups& groups);

// The histogram of each table's groups together.
SymbolCounts pooled(const GroupHistograms& groups, std::span<const std::uint8_t> table_of,
                    std::uint32_t tables);

}  // namespace adagrain
