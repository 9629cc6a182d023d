#include "framework/compression/grouping/group_histograms.h"

#include "framework/compression/integer_log.h"

namespace adagrain {

namespace {

// Counts the symbols of one group at a time.
class GroupCounter {
 public:
  explicit GroupCounter(std::uint32_t alphabet) : count_(alphabet) { histograms_.alphabet = alphabet; }

  void add(std::uint16_t symbol, std::uint32_t times) {
    if (count_[symbol] == 0) seen_.push_back(symbol);
    count_[symbol] += times;
  }
  void end_group() {
    for (const std::uint16_t symbol : seen_) {
      histograms_.entries.push_back({symbol, count_[symbol]});
      count_[symbol] = 0;
    }
    histograms_.first.push_back(histograms_.entries.size());
    seen_.clear();
  }
  GroupHistograms take() { return std::move(histograms_); }

 private:
  GroupHistograms histograms_;
  std::vector<std::uint32_t> count_;  // [symbol]
  std::vector<std::uint16_t> seen_;
};

}  // namespace

SymbolCounts symbol_counts(std::span<const std::uint16_t> symbols, std::uint32_t alphabet) {
  SymbolCounts counts(1, std::vector<std::uint32_t>(alphabet));
  for (const std::uint16_t symbol : symbols) ++counts[0][symbol];
  return counts;
}

std::vector<std::uint32_t> symbol_prices(std::span<const std::uint32_t> counts) {
  auto total = static_cast<std::uint32_t>(counts.size());
  for (const std::uint32_t count : counts) total += count;
  std::vector<std::uint32_t> prices;
  for (const std::uint32_t count : counts) prices.push_back(fixed_log2(total) - fixed_log2(count + 1));
  return prices;
}

CodedRuns coded_runs(const CodedWeights& coded, MatrixShape shape) {
  const auto rows = static_cast<std::size_t>(shape.rows);
  CodedRuns all;
  all.first.resize(rows + 1);
  std::size_t symbol = 0;
  for_each_coded_row(coded, shape, [&](std::size_t row, std::size_t begin, std::size_t end) {
    all.runs.push_back({begin, end, symbol});
    symbol += end - begin;
    all.first[row + 1] = all.runs.size();
  });
  for (std::size_t row = 0; row < rows; ++row)
    all.first[row + 1] = std::max(all.first[row], all.first[row + 1]);
  return all;
}

GroupHistograms unit_histograms(std::span<const std::uint16_t> symbols, const CodedRuns& coded,
                                const WeightGroups& groups, std::uint32_t alphabet) {
  const UnitMap& units = groups.units();
  const auto rows = static_cast<std::size_t>(units.shape.rows),
             tile_rows = static_cast<std::size_t>(units.tile_rows),
             tile_columns = static_cast<std::size_t>(units.tile_columns),
             across = static_cast<std::size_t>(units.tiles_across());
  GroupCounter counter(alphabet);
  for (std::size_t band = 0, tile = 0; band < rows; band += tile_rows) {
    const std::size_t band_end = std::min(band + tile_rows, rows);
    std::vector<std::size_t> next(coded.first.begin() + static_cast<std::ptrdiff_t>(band),
                                  coded.first.begin() + static_cast<std::ptrdiff_t>(band_end));
    for (std::size_t place = 0; place < across; ++place, ++tile) {
      if (groups.group_of(tile) == WeightGroups::none) continue;
      const std::size_t left = place * tile_columns, right = left + tile_columns;
      for (std::size_t row = band; row < band_end; ++row) {
        for (std::size_t& at = next[row - band]; at < coded.first[row + 1]; ++at) {
          const CodedRuns::Run& run = coded.runs[at];
          if (run.begin >= right) break;
          const std::size_t begin = std::max(left, run.begin), end = std::min(right, run.end);
          for (const std::uint16_t each : symbols.subspan(run.symbol + begin - run.begin, end - begin)) {
            counter.add(each, 1);
          }
          if (run.end > right) break;
        }
      }
      counter.end_group();
    }
  }
  return counter.take();
}

GroupHistograms scale_histograms(std::span<const std::uint16_t> symbols, const CodedWeights& coded,
                                 const ScaleCodes& codes, MatrixShape shape, std::uint32_t alphabet) {
  GroupHistograms pairs;
  pairs.alphabet = alphabet;
  // Rows of one code at a time: with 65,536 symbols, counts of all pairs would be 64 MiB.
  std::vector<std::uint32_t> count(kScaleCodes * std::size_t{alphabet});
  for (std::uint32_t code = 0; code < kScaleCodes; ++code) {
    const std::uint16_t* next = symbols.data();
    bool used = false;
    for_each_coded_row(coded, shape, [&](std::size_t row, std::size_t begin, std::size_t end) {
      const std::uint16_t* const own = next;
      next += end - begin;
      if (codes.row[row] != code) return;
      used = true;
      for (std::size_t i = 0; i < end - begin; ++i) {
        ++count[codes.column[begin + i] * std::size_t{alphabet} + own[i]];
      }
    });
    for (std::size_t column = 0; column < kScaleCodes; ++column) {
      for (std::uint32_t symbol = 0; used && symbol < alphabet; ++symbol) {
        std::uint32_t& times = count[column * alphabet + symbol];
        if (times > 0) pairs.entries.push_back({static_cast<std::uint16_t>(symbol), times});
        times = 0;
      }
      pairs.first.push_back(pairs.entries.size());
    }
  }
  return pairs;
}

GroupHistograms merged_scales(const GroupHistograms& pairs, const WeightGroups& groups) {
  const bool rows = !groups.scales().row.empty(), columns = !groups.scales().column.empty();
  GroupCounter counter(pairs.alphabet);
  for (std::size_t sum = 0; sum < 2 * kScaleCodes - 1; ++sum) {
    if (groups.group_of(sum) == WeightGroups::none) continue;
    for (std::size_t pair = 0; pair < pairs.groups(); ++pair) {
      if ((rows ? pair / kScaleCodes : 0) + (columns ? pair % kScaleCodes : 0) != sum) continue;
      for (const auto& [symbol, times] : pairs.of(pair)) counter.add(symbol, times);
    }
    counter.end_group();
  }
  return counter.take();
}

SymbolCounts pooled(const GroupHistograms& groups, std::span<const std::uint8_t> table_of,
                    std::uint32_t tables) {
  SymbolCounts counts(tables, std::vector<std::uint32_t>(groups.alphabet));
  for (std::size_t group = 0; group < table_of.size(); ++group) {
    std::vector<std::uint32_t>& own = counts[table_of[group]];
    for (const auto& [symbol, times] : groups.of(group)) own[symbol] += times;
  }
  return counts;
}

}  // namespace adagrain
