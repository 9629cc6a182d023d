#include "framework/compression/coders/lanes/coarse_fit.h"

#include <algorithm>
#include <numeric>

#include "framework/compression/integer_log.h"

namespace adagrain {
namespace {

constexpr std::uint32_t kKept = CoarseMap::escape;  // coarse symbols 0 .. 62 stand for bytes

// The start of the window of `width` byte values, around the circle, that holds most of `counts`; the
// middle one of equally good ones.
std::uint8_t best_base(std::span<const std::uint32_t, 256> counts, std::uint32_t width) {
  std::uint64_t inside = 0;
  for (std::uint32_t i = 0; i < width; ++i) inside += counts[i];
  std::uint64_t best = 0;
  std::vector<std::uint32_t> starts;
  for (std::uint32_t start = 0; start < 256; ++start) {
    if (inside > best || starts.empty()) {
      best = inside;
      starts.clear();
    }
    if (inside == best) starts.push_back(start);
    inside += counts[(start + width) & 255];
    inside -= counts[start];
  }
  return static_cast<std::uint8_t>(starts[starts.size() / 2]);
}

// Counts of (byte - base) >> raw_bits.
std::vector<std::uint32_t> upper_counts(std::span<const std::uint32_t, 256> counts, const CoarseMap& map) {
  std::vector<std::uint32_t> upper(std::size_t{256} >> map.raw_bits);
  for (std::uint32_t distance = 0; distance < 256; ++distance)
    upper[distance >> map.raw_bits] += counts[(distance + map.base) & 255];
  return upper;
}

// What a list of escapes is worth: its entropy, about as much for its table as small lists show, and its
// price.
std::uint64_t list_bits(std::span<const std::uint32_t> listed, std::uint64_t escape_price) {
  constexpr std::uint64_t frame_bits = 80, table_bits = 6;
  std::uint64_t length = 0, total = 0, entries = 0;
  for (const std::uint32_t count : listed) total += count;
  for (const std::uint32_t count : listed) {
    if (count == 0) continue;
    ++entries;
    length += count * std::uint64_t{fixed_log2(static_cast<std::uint32_t>(total)) - fixed_log2(count)};
  }
  const std::uint64_t coded = frame_bits + table_bits * entries + (length >> kLogFraction);
  return std::min(8 * total, coded) + escape_price * total / 8;
}

// What becomes coarse symbols, and what escapes.
struct Split {
  CoarseMap map;
  std::array<std::uint32_t, coarse_symbols> coarse{};
  std::uint64_t list_bits = 0;
};

// Coarse symbols of a share below least / 8 of the least frequency escape, and what is not known.
Split split(std::span<const std::uint32_t> upper, std::uint64_t total, const CoarseMap& map,
            const CoarseFitOptions& options, std::uint64_t least) {
  Split result{map};
  std::vector<std::uint32_t> listed(upper.begin(), upper.end());
  result.map.remap.fill(CoarseMap::escape);
  for (std::uint32_t symbol = 0; symbol < std::min<std::size_t>(kKept, upper.size()); ++symbol) {
    if (upper[symbol] == 0 || 8 * (std::uint64_t{upper[symbol]} << options.precision) < least * total)
      continue;
    result.map.remap[symbol] = static_cast<std::uint8_t>(symbol);
    std::swap(result.coarse[symbol], listed[symbol]);
  }
  result.coarse[CoarseMap::escape] =
      std::max(std::accumulate(listed.begin(), listed.end(), std::uint32_t{0}), options.escapes ? 1u : 0u);
  result.list_bits = list_bits(listed, options.escape_price);
  return result;
}

// Bits without fitting a table, which takes longer than all else: with frequencies rounded each for itself,
// of whatever they add up to, each told in about as many bits as tables of distributions show.
std::uint64_t estimated_bits(const Split& split, std::uint64_t total, int precision) {
  constexpr std::uint64_t bits_told = 4;
  std::uint64_t known = 0, sum = 0, entries = 0;
  for (const std::uint32_t count : split.coarse) {
    if (count == 0) continue;
    const auto frequency = static_cast<std::uint32_t>(
        std::max<std::uint64_t>(1, ((std::uint64_t{count} << precision) + total / 2) / total));
    known += std::uint64_t{count} * fixed_log2(frequency);
    sum += frequency;
    ++entries;
  }
  return split.list_bits + static_cast<std::uint64_t>(split.map.raw_bits) * total + bits_told * entries +
         ((total * fixed_log2(static_cast<std::uint32_t>(sum)) - known) >> kLogFraction);
}

CoarseFit fit(const Split& split, std::uint64_t total, int precision) {
  CoarseFit result{split.map, fit_table(split.coarse, precision), total, 0};
  BitWriter writer;
  write_table(writer, result.table);
  result.bits = writer.size_bits() + (coded_length(result.table, split.coarse) >> kLogFraction) +
                split.list_bits + static_cast<std::uint64_t>(split.map.raw_bits) * total;
  return result;
}

}  // namespace

CoarseFit fit_coarse(std::span<const std::uint32_t, 256> counts, const CoarseFitOptions& options) {
  const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  Split likely;
  std::uint64_t fewest = ~std::uint64_t{0};
  for (int raw_bits = 0; raw_bits <= 2; ++raw_bits) {
    CoarseMap map;
    map.raw_bits = raw_bits;
    map.base = best_base(counts, std::min<std::uint32_t>(256, kKept << raw_bits));
    const auto upper = upper_counts(counts, map);
    for (const std::uint64_t least : {2, 4, 6, 8, 16}) {
      const Split other = split(upper, total, map, options, least);
      const std::uint64_t bits = estimated_bits(other, total, options.precision);
      if (bits >= fewest) continue;
      fewest = bits;
      likely = other;
    }
  }
  return fit(likely, total, options.precision);
}

std::array<std::uint32_t, coarse_symbols> all_frequencies(const FrequencyTable& table) {
  std::array<std::uint32_t, coarse_symbols> frequencies{};
  std::copy(table.frequency.begin(), table.frequency.end(), frequencies.begin() + table.first);
  return frequencies;
}

}  // namespace adagrain
