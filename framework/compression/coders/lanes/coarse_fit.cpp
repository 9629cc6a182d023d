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

CoarseFit fit(std::span<const std::uint32_t, 256> counts, std::uint64_t total, int raw_bits, int precision,
              bool escapes) {
  CoarseFit result;
  result.counted = total;
  result.map.raw_bits = raw_bits;
  result.map.base = best_base(counts, std::min<std::uint32_t>(256, kKept << raw_bits));
  std::array<std::uint32_t, coarse_symbols> coarse{};
  std::uint64_t listed = 0;
  for (std::uint32_t distance = 0; distance < 256; ++distance) {
    const std::uint32_t count = counts[(distance + result.map.base) & 255];
    const std::uint32_t index = distance >> raw_bits;
    if (index < kKept) {
      coarse[index] += count;
    } else {
      listed += count;
    }
  }
  for (std::uint32_t symbol = 0; symbol < coarse_symbols; ++symbol) {
    result.map.remap[symbol] = static_cast<std::uint8_t>(symbol);
    if (symbol == CoarseMap::escape) continue;
    // Where the least frequency is far too much, the list is cheaper. What a sample does not know has none.
    const std::uint64_t scaled = 5 * (std::uint64_t{coarse[symbol]} << precision);
    if (scaled >= 2 * total && coarse[symbol] > 0) continue;
    result.map.remap[symbol] = CoarseMap::escape;
    listed += coarse[symbol];
    coarse[symbol] = 0;
  }
  coarse[CoarseMap::escape] =
      static_cast<std::uint32_t>(escapes ? std::max<std::uint64_t>(1, listed) : listed);
  result.table = fit_table(coarse, precision);
  BitWriter writer;
  write_table(writer, result.table);
  result.bits = writer.size_bits() + (coded_length(result.table, coarse) >> kLogFraction) + 8 * listed +
                static_cast<std::uint64_t>(raw_bits) * total;
  return result;
}

}  // namespace

CoarseFit fit_coarse(std::span<const std::uint32_t, 256> counts, int precision, bool escapes) {
  const std::uint64_t total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  CoarseFit best = fit(counts, total, 0, precision, escapes);
  for (int raw_bits = 1; raw_bits <= 2; ++raw_bits) {
    CoarseFit other = fit(counts, total, raw_bits, precision, escapes);
    if (other.bits < best.bits) best = std::move(other);
  }
  return best;
}

std::array<std::uint32_t, coarse_symbols> all_frequencies(const FrequencyTable& table) {
  std::array<std::uint32_t, coarse_symbols> frequencies{};
  std::copy(table.frequency.begin(), table.frequency.end(), frequencies.begin() + table.first);
  return frequencies;
}

}  // namespace adagrain
