#include "framework/compression/coders/frequency_table.h"

#include <algorithm>
#include <bit>
#include <queue>

#include "framework/compression/integer_log.h"

namespace adagrain {

namespace {

constexpr int kLowestPrecision = 8, kPrecisionStep = 2, kPrecisions = 5;

struct SymbolRange {
  std::uint32_t first = 0, last = 0;
  std::uint32_t size() const { return last - first + 1; }
};

SymbolRange used_range(std::span<const std::uint32_t> counts) {
  SymbolRange range;
  while (counts[range.first] == 0) ++range.first;
  range.last = static_cast<std::uint32_t>(counts.size()) - 1;
  while (counts[range.last] == 0) --range.last;
  return range;
}

// Frequencies nearest to the counts in coded length: rounded, at least 1 each, then the sum is mended one
// step at a time where a step costs least (gains most).
FrequencyTable explicit_table(std::span<const std::uint32_t> counts, SymbolRange range, int precision) {
  FrequencyTable table;
  table.precision = precision;
  table.first = range.first;
  const std::span<const std::uint32_t> used = counts.subspan(range.first, range.size());
  std::uint64_t total = 0;
  for (const std::uint32_t count : used) total += count;
  std::int64_t missing = std::int64_t{1} << precision;
  for (const std::uint32_t count : used) {
    const std::uint64_t scaled = ((static_cast<std::uint64_t>(count) << precision) + total / 2) / total;
    table.frequency.push_back(count == 0 ? 0
                                         : static_cast<std::uint32_t>(std::max<std::uint64_t>(1, scaled)));
    missing -= table.frequency.back();
  }
  // Gain of a step: count * log2(1 + 1 / f) ~ count / f. Division is correctly rounded: the same everywhere.
  using Step = std::pair<double, std::size_t>;
  std::priority_queue<Step> steps;
  const auto push = [&](std::size_t i) {
    const double count = used[i], frequency = table.frequency[i];
    if (missing > 0 && count > 0) steps.emplace(count / (frequency + 0.5), i);
    if (missing < 0 && frequency > 1) steps.emplace(-count / (frequency - 0.5), i);
  };
  for (std::size_t i = 0; i < used.size(); ++i) push(i);
  while (missing != 0) {
    const std::size_t i = steps.top().second;
    steps.pop();
    table.frequency[i] += missing > 0 ? 1u : -1u;
    missing += missing > 0 ? -1 : 1;
    push(i);
  }
  return table;
}

// The frequencies that the parameters mean, by integer arithmetic alone.
std::vector<std::uint32_t> two_sided_frequencies(const TwoSided& shape, std::uint32_t first,
                                                 std::uint32_t size, int precision) {
  const std::uint64_t spare = (std::uint64_t{1} << precision) - size;  // one is everybody's
  const std::uint64_t peak = spare * shape.peak / 256;
  const std::uint32_t centre = shape.centre - first;
  std::vector<std::uint64_t> weight(size);
  std::uint64_t sum = 0;
  const auto run = [&](std::uint32_t from, std::uint32_t to, int direction, std::uint32_t decay) {
    std::uint64_t value = std::uint64_t{1} << 24;
    for (std::uint32_t i = from; i != to; i += static_cast<std::uint32_t>(direction)) {
      weight[i] = value;
      sum += value;
      value = value * decay / 256;
    }
  };
  run(centre + 1, size, 1, shape.decay_above);
  run(centre - 1, ~std::uint32_t{0}, -1, shape.decay_below);
  std::vector<std::uint32_t> frequency(size, 1);
  std::uint64_t left = spare;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (i == centre || sum == 0) continue;
    const std::uint64_t share = (spare - peak) * weight[i] / sum;
    frequency[i] += static_cast<std::uint32_t>(share);
    left -= share;
  }
  frequency[centre] += static_cast<std::uint32_t>(left);
  return frequency;
}

// Of one side: mean distance m beyond the first symbol -> decay m / (1 + m), the maximum-likelihood
// geometric.
std::uint32_t fitted_decay(std::uint64_t count, std::uint64_t distance_sum) {
  return count + distance_sum == 0 ? 0
                                   : static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                         255, 256 * distance_sum / (count + distance_sum)));
}

FrequencyTable two_sided_table(std::span<const std::uint32_t> counts, SymbolRange range, int precision) {
  FrequencyTable table;
  table.precision = precision;
  table.first = range.first;
  TwoSided shape;
  shape.centre = static_cast<std::uint32_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  std::uint64_t below = 0, below_sum = 0, above = 0, above_sum = 0;
  for (std::uint32_t symbol = range.first; symbol <= range.last; ++symbol) {
    const std::uint64_t count = counts[symbol];
    if (symbol < shape.centre) {
      below += count;
      below_sum += count * (shape.centre - symbol - 1);
    } else if (symbol > shape.centre) {
      above += count;
      above_sum += count * (symbol - shape.centre - 1);
    }
  }
  const std::uint64_t total = below + above + counts[shape.centre];
  shape.peak = static_cast<std::uint32_t>(std::min<std::uint64_t>(255, 256 * counts[shape.centre] / total));
  shape.decay_below = fitted_decay(below, below_sum);
  shape.decay_above = fitted_decay(above, above_sum);
  table.two_sided = shape;
  table.frequency = two_sided_frequencies(shape, range.first, range.size(), table.precision);
  return table;
}

// Small after large needs as many bits as the large one had: the order follows the frequency before.
int golomb_order(std::uint32_t before) {
  return std::max(0, static_cast<int>(std::bit_width(before)) - 2);
}

std::uint64_t total_length(const FrequencyTable& table, std::span<const std::uint32_t> counts) {
  BitWriter writer;
  write_table(writer, table);
  return coded_length(table, counts) + (static_cast<std::uint64_t>(writer.size_bits()) << kLogFraction);
}

}  // namespace

std::uint64_t coded_length(const FrequencyTable& table, std::span<const std::uint32_t> counts) {
  std::uint64_t length = 0;
  const std::uint64_t whole = static_cast<std::uint64_t>(table.precision) << kLogFraction;
  for (std::size_t i = 0; i < table.frequency.size(); ++i) {
    const std::uint64_t count = counts[table.first + i];
    if (count > 0) length += count * (whole - fixed_log2(table.frequency[i]));
  }
  return length;
}

FrequencyTable fit_table(std::span<const std::uint32_t> counts, std::optional<int> wanted) {
  const SymbolRange range = used_range(counts);
  FrequencyTable best = two_sided_table(counts, range, wanted.value_or(range.size() <= 512 ? 12 : 16));
  std::uint64_t best_length = total_length(best, counts);
  for (int i = 0; i < kPrecisions; ++i) {
    const int precision = kLowestPrecision + kPrecisionStep * i;
    if (wanted && precision != *wanted) continue;
    // Half of the codes for ones that only exist, or none at all, fits nothing.
    if (range.size() > (std::uint32_t{1} << precision) / 2) continue;
    FrequencyTable table = explicit_table(counts, range, precision);
    const std::uint64_t length = total_length(table, counts);
    if (length < best_length) {
      best = std::move(table);
      best_length = length;
    }
  }
  return best;
}

void write_table(BitWriter& writer, const FrequencyTable& table) {
  writer.write(table.two_sided ? 1 : 0, 1);
  writer.write(static_cast<std::uint32_t>((table.precision - kLowestPrecision) / kPrecisionStep), 3);
  writer.write_golomb(table.first, 2);
  writer.write_golomb(static_cast<std::uint32_t>(table.frequency.size()) - 1, 3);
  if (table.two_sided) {
    writer.write_golomb(table.two_sided->centre - table.first, 3);
    writer.write(table.two_sided->peak, 8);
    writer.write(table.two_sided->decay_below, 8);
    writer.write(table.two_sided->decay_above, 8);
    return;
  }
  std::uint32_t before =
      (std::uint32_t{1} << table.precision) / static_cast<std::uint32_t>(table.frequency.size());
  for (std::size_t i = 0; i + 1 < table.frequency.size(); ++i) {  // the last is what is left
    writer.write_golomb(table.frequency[i], golomb_order(before));
    before = table.frequency[i];
  }
}

FrequencyTable read_table(BitReader& reader, std::uint32_t alphabet) {
  FrequencyTable table;
  const bool two_sided = reader.read(1) == 1;
  const std::uint32_t precision_index = reader.read(3);
  require<DataError>(precision_index < kPrecisions, "ans: table precision {} is unknown", precision_index);
  table.precision = kLowestPrecision + kPrecisionStep * static_cast<int>(precision_index);
  const std::uint32_t whole = std::uint32_t{1} << table.precision;
  table.first = reader.read_golomb(2);
  const std::uint32_t more = reader.read_golomb(3);
  require<DataError>(table.first < alphabet && more < alphabet - table.first && more < whole,
                     "ans: table of symbols {}..+{} in an alphabet of {}", table.first, more, alphabet);
  const std::uint32_t size = more + 1;
  if (two_sided) {
    TwoSided shape;
    shape.centre = reader.read_golomb(3);
    require<DataError>(shape.centre < size, "ans: centre {} of a table of {} symbols", shape.centre, size);
    shape.centre += table.first;
    shape.peak = reader.read(8);
    shape.decay_below = reader.read(8);
    shape.decay_above = reader.read(8);
    table.frequency = two_sided_frequencies(shape, table.first, size, table.precision);
    table.two_sided = shape;
    return table;
  }
  std::uint32_t left = whole, before = whole / size;
  for (std::uint32_t i = 0; i + 1 < size; ++i) {
    const std::uint32_t frequency = reader.read_golomb(golomb_order(before));
    require<DataError>(frequency <= left, "ans: frequencies add up to more than {}", whole);
    table.frequency.push_back(frequency);
    left -= frequency;
    before = frequency;
  }
  table.frequency.push_back(left);
  return table;
}

}  // namespace adagrain
