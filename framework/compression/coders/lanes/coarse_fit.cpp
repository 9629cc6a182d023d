#include "framework/compression/coders/lanes/coarse_fit.h"

#include <algorithm>
#include <numeric>

#include "framework/compression/integer_log.h"

namespace adagrain {
namespace {

// Shares, in eighths of the least frequency, below which coarse symbols may better escape.
constexpr std::array<std::uint64_t, 5> kLeastShares = {2, 4, 6, 8, 16};
constexpr std::uint32_t kKept = CoarseMap::escape;  // coarse symbols 0 .. 62 stand for bytes

// The start of the window of `width` byte values, around the circle, that holds most of `counts`; the
// middle one of equally good ones.
std::uint8_t best_base(std::span<const std::uint32_t, 256> counts, std::uint32_t width) {
  std::uint64_t inside = 0;
  for (std::uint32_t i = 0; i < width; ++i) inside += counts[i];
  std::uint64_t best = 0;
  std::array<std::uint8_t, 256> starts;
  std::size_t equals = 0;
  for (std::uint32_t start = 0; start < 256; ++start) {
    if (inside > best || equals == 0) {
      best = inside;
      equals = 0;
    }
    if (inside == best) starts[equals++] = static_cast<std::uint8_t>(start);
    inside += counts[(start + width) & 255];
    inside -= counts[start];
  }
  return starts[equals / 2];
}

// One value of (byte - base) >> raw_bits, and what prices ask of it however the bytes are split.
struct Upper {
  std::uint32_t count = 0;
  std::uint64_t self_bits = 0;   // count * log2(count), kLogFraction; of what may escape
  std::uint32_t frequency = 0;   // rounded for itself, at least 1
  std::uint64_t known_bits = 0;  // count * log2(frequency), kLogFraction
};

bool is_below(std::uint64_t least_share, std::uint64_t count, std::uint64_t total, int precision) {
  return 8 * (count << precision) < least_share * total;
}

std::uint32_t rounded_frequency(std::uint64_t count, std::uint64_t total, int precision) {
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, ((count << precision) + total / 2) / total));
}

std::vector<Upper> upper_values(std::span<const std::uint32_t, 256> counts, std::uint64_t total,
                                const CoarseMap& map, int precision) {
  std::vector<Upper> upper(std::size_t{256} >> map.raw_bits);
  for (std::uint32_t distance = 0; distance < 256; ++distance)
    upper[distance >> map.raw_bits].count += counts[(distance + map.base) & 255];
  for (std::uint32_t symbol = 0; symbol < upper.size(); ++symbol) {
    Upper& value = upper[symbol];
    if (value.count == 0) continue;
    value.frequency = rounded_frequency(value.count, total, precision);
    value.known_bits = std::uint64_t{value.count} * fixed_log2(value.frequency);
    if (symbol >= kKept || is_below(kLeastShares.back(), value.count, total, precision))
      value.self_bits = std::uint64_t{value.count} * fixed_log2(value.count);
  }
  return upper;
}

// What a list of escapes is worth: its entropy, about as much for its table as small lists show, and its
// price.
struct EscapeList {
  std::uint32_t total = 0;
  std::uint64_t entries = 0, self_bits = 0;

  void add(const Upper& value) {
    if (value.count == 0) return;
    total += value.count;
    self_bits += value.self_bits;
    ++entries;
  }
  std::uint64_t bits(std::uint64_t escape_price) const {
    if (total == 0) return 0;
    constexpr std::uint64_t frame_bits = 80, table_bits = 6;
    const std::uint64_t length = std::uint64_t{total} * fixed_log2(total) - self_bits;
    const std::uint64_t coded = frame_bits + table_bits * entries + (length >> kLogFraction);
    return std::min(8 * std::uint64_t{total}, coded) + escape_price * total / 8;
  }
};

// What becomes coarse symbols, and what escapes.
struct Split {
  CoarseMap map;
  std::array<std::uint32_t, kCoarseSymbols> coarse{};
  std::uint64_t list_bits = 0;
  // All of it without fitting a table, which takes longer than all else: with frequencies rounded each for
  // itself, of whatever they add up to, each told in about as many bits as tables of distributions show.
  std::uint64_t estimated_bits = 0;
};

// Of the `upper` values that can be coarse symbols those of a share below `least_share` escape, as all that
// is `beyond` them does, and what is not known.
Split split(std::span<const Upper> upper, const EscapeList& beyond, std::uint64_t total, const CoarseMap& map,
            const CoarseFitOptions& options, std::uint64_t least_share) {
  constexpr std::uint64_t bits_told = 4;
  Split result{map};
  result.map.remap.fill(CoarseMap::escape);
  EscapeList listed = beyond;
  std::uint64_t known = 0, sum = 0, entries = 0;
  const auto code = [&](std::uint32_t symbol, const Upper& value) {
    result.coarse[symbol] = value.count;
    known += value.known_bits;
    sum += value.frequency;
    ++entries;
  };
  for (std::uint32_t symbol = 0; symbol < upper.size(); ++symbol) {
    const Upper& value = upper[symbol];
    if (value.count > 0 && !is_below(least_share, value.count, total, options.precision)) {
      result.map.remap[symbol] = static_cast<std::uint8_t>(symbol);
      code(symbol, value);
    } else {
      listed.add(value);
    }
  }
  const std::uint32_t escapes = std::max(listed.total, options.escapes ? 1u : 0u);
  if (escapes > 0) {
    const std::uint32_t frequency = rounded_frequency(escapes, total, options.precision);
    code(kKept, {escapes, 0, frequency, std::uint64_t{escapes} * fixed_log2(frequency)});
  }
  result.list_bits = listed.bits(options.escape_price);
  result.estimated_bits = result.list_bits + static_cast<std::uint64_t>(map.raw_bits) * total +
                          bits_told * entries +
                          ((total * fixed_log2(static_cast<std::uint32_t>(sum)) - known) >> kLogFraction);
  return result;
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
  likely.estimated_bits = ~std::uint64_t{0};
  for (int raw_bits = 0; raw_bits <= 2; ++raw_bits) {
    CoarseMap map;
    map.raw_bits = raw_bits;
    map.base = best_base(counts, std::min<std::uint32_t>(256, kKept << raw_bits));
    const auto all = upper_values(counts, total, map, options.precision);
    const auto upper = std::span(all).first(std::min<std::size_t>(all.size(), kKept));
    EscapeList beyond;
    for (const Upper& value : std::span(all).subspan(upper.size())) beyond.add(value);
    for (const std::uint64_t least_share : kLeastShares) {
      const Split other = split(upper, beyond, total, map, options, least_share);
      if (other.estimated_bits < likely.estimated_bits) likely = other;
    }
  }
  return fit(likely, total, options.precision);
}

std::array<std::uint32_t, kCoarseSymbols> all_frequencies(const FrequencyTable& table) {
  std::array<std::uint32_t, kCoarseSymbols> frequencies{};
  std::copy(table.frequency.begin(), table.frequency.end(), frequencies.begin() + table.first);
  return frequencies;
}

}  // namespace adagrain
