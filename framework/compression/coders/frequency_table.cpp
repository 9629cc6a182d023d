#include "framework/compression/coders/frequency_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <queue>

#include "framework/compression/integer_log.h"

namespace adagrain {

namespace {

constexpr int kLowestPrecision = 8, kHighestPrecision = 16, kPrecisionStep = 2;
constexpr std::uint32_t kPrecisions = 5;
// Three bits say the precision. Numbers 0 to 4 are precisions 8, 10, 12, 14 and 16; numbers 5 to 7 say that
// the table is a two-sided one that falls like Gauss's, and has one of these precisions.
constexpr std::array<int, 3> kGaussPrecision = {8, 12, 16};

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

// Frequencies on one side of the centre are in proportion to weights. This is the factor from the weight of
// one symbol to that of the next one outwards, in 2^-31: constant where they fall geometrically, smaller from
// symbol to symbol where they fall like Gauss's.
class FallingFactor {
 public:
  // `from`: the distance from the centre, 0 or 1, of the symbol whose weight is multiplied first.
  FallingFactor(Fall fall, std::uint32_t parameter, int from) {
    constexpr std::uint64_t one = std::uint64_t{1} << 31;
    if (fall == Fall::geometric) {
      factor_ = parameter * (one / 256);
      change_ = one;
      return;
    }
    change_ = one - ((std::uint64_t{8} + parameter % 8) << 27 >> parameter / 8);
    // Weights are b^(d^2 / 2) at distance d: 1, b^(1/2), b^(4/2), ... So the factor from d to d + 1 is b^(d +
    // 1/2), and grows by b each time. b is near 1, and (1 + b) / 2 stands for its root.
    factor_ = (one + change_) / 2;
    if (from == 1) factor_ = factor_ * change_ >> 31;
  }

  std::uint64_t next(std::uint64_t weight) {
    const std::uint64_t fallen = weight * factor_ >> 31;
    factor_ = factor_ * change_ >> 31;
    return fallen;
  }

 private:
  std::uint64_t factor_ = 0, change_ = 0;
};

// The frequencies that the parameters mean, by integer arithmetic alone.
std::vector<std::uint32_t> two_sided_frequencies(const TwoSided& shape, std::uint32_t first,
                                                 std::uint32_t size, int precision) {
  constexpr std::uint64_t highest = std::uint64_t{1} << 24;
  // Every symbol of the range has a frequency of 1; `spare` is what is left to be dealt by the shape.
  const std::uint64_t spare = (std::uint64_t{1} << precision) - size;
  const std::uint64_t peak = shape.symmetric ? 0 : spare * shape.peak / 256;
  const std::uint32_t centre = shape.centre - first;
  std::vector<std::uint64_t> weight(size);
  std::uint64_t sum = shape.symmetric ? highest : 0;
  const auto run = [&](std::uint32_t from, std::uint32_t to, int direction, std::uint32_t parameter) {
    FallingFactor factor(shape.fall, parameter, shape.symmetric ? 0 : 1);
    std::uint64_t value = shape.symmetric ? factor.next(highest) : highest;
    for (std::uint32_t i = from; i != to; i += static_cast<std::uint32_t>(direction)) {
      weight[i] = value;
      sum += value;
      value = factor.next(value);
    }
  };
  run(centre + 1, size, 1, shape.above);
  run(centre - 1, ~std::uint32_t{0}, -1, shape.below);
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

// The symbols on one side of the centre.
struct Side {
  std::uint64_t count = 0, distances = 0, squares = 0;  // from the centre

  void add(std::uint64_t distance, std::uint64_t times) {
    count += times;
    distances += times * distance;
    squares += times * distance * distance;
  }
};

// geometric: of mean distance m beyond the first symbol, the maximum-likelihood factor m / (1 + m). gauss: of
// mean square s, 1 - b = 1 / s, a first guess.
std::uint32_t fitted(Fall fall, const Side& side) {
  if (side.count == 0) return 0;
  if (fall == Fall::geometric) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(255, 256 * (side.distances - side.count) / side.distances));
  }
  const std::uint64_t inverse = std::min((side.count << 28) / side.squares, std::uint64_t{1} << 28);
  const int width = std::clamp<int>(std::bit_width(inverse + inverse / 16), 4, 28);
  const std::uint64_t mantissa = std::min<std::uint64_t>(15, (inverse + inverse / 16) >> (width - 4));
  return static_cast<std::uint32_t>(8 * (28 - width)) + static_cast<std::uint32_t>(mantissa) % 8;
}

FrequencyTable table_of(const TwoSided& shape, SymbolRange range, int precision) {
  return {precision, range.first, two_sided_frequencies(shape, range.first, range.size(), precision), shape};
}

FrequencyTable two_sided_table(std::span<const std::uint32_t> counts, SymbolRange range, int precision,
                               Fall fall) {
  TwoSided shape;
  shape.fall = fall;
  shape.centre = static_cast<std::uint32_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  Side below, above;
  for (std::uint32_t symbol = range.first; symbol <= range.last; ++symbol) {
    if (symbol < shape.centre) below.add(shape.centre - symbol, counts[symbol]);
    if (symbol > shape.centre) above.add(symbol - shape.centre, counts[symbol]);
  }
  const std::uint64_t peak = counts[shape.centre], total = below.count + above.count + peak;
  shape.peak = static_cast<std::uint32_t>(std::min<std::uint64_t>(255, 256 * peak / total));
  shape.below = fitted(fall, below);
  shape.above = fitted(fall, above);
  return table_of(shape, range, precision);
}

// One parameter for all: around the mean, the best there is in the neighbourhood of a first guess.
FrequencyTable symmetric_table(std::span<const std::uint32_t> counts, SymbolRange range, int precision,
                               Fall fall) {
  TwoSided shape;
  shape.fall = fall;
  shape.symmetric = true;
  std::uint64_t total = 0, sum = 0;
  for (std::uint32_t symbol = range.first; symbol <= range.last; ++symbol) {
    total += counts[symbol];
    sum += std::uint64_t{counts[symbol]} * symbol;
  }
  shape.centre = static_cast<std::uint32_t>((sum + total / 2) / total);
  Side around;
  for (std::uint32_t symbol = range.first; symbol <= range.last; ++symbol) {
    const bool below = symbol < shape.centre;
    around.add(below ? shape.centre - symbol : symbol - shape.centre, counts[symbol]);
  }
  if (fall == Fall::geometric) around.count -= counts[shape.centre];
  const auto with = [&](std::uint32_t parameter) {
    shape.below = shape.above = parameter;
    return table_of(shape, range, precision);
  };
  const std::uint32_t guess = around.squares == 0 ? 0 : fitted(fall, around);
  FrequencyTable best = with(guess);
  std::uint64_t least = coded_length(best, counts);
  for (const std::uint32_t direction : {1u, ~0u}) {
    for (std::uint32_t parameter = guess + direction; parameter < 256; parameter += direction) {
      FrequencyTable table = with(parameter);
      const std::uint64_t length = coded_length(table, counts);
      if (length >= least) break;
      least = length;
      best = std::move(table);
    }
  }
  return best;
}

// Frequencies of neighbours are alike, so the Golomb order follows the frequency before: a number as large as
// that one takes few bits more than it has.
int golomb_order(std::uint32_t before) {
  return std::max(0, static_cast<int>(std::bit_width(before)) - 2);
}

// How the precision is written.
std::uint32_t precision_number(const FrequencyTable& table) {
  if (table.two_sided && table.two_sided->fall == Fall::gauss) {
    const auto place = std::find(kGaussPrecision.begin(), kGaussPrecision.end(), table.precision);
    return kPrecisions + static_cast<std::uint32_t>(place - kGaussPrecision.begin());
  }
  return static_cast<std::uint32_t>((table.precision - kLowestPrecision) / kPrecisionStep);
}

std::uint64_t total_length(const FrequencyTable& table, std::span<const std::uint32_t> counts) {
  BitWriter writer;
  write_table(writer, table);
  // A coder's state is about as wide as the precision from its first symbol on.
  const std::uint64_t beside = writer.size_bits() + static_cast<std::uint64_t>(table.precision);
  return coded_length(table, counts) + (beside << kLogFraction);
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
  const int fine = wanted.value_or(range.size() <= 512 ? 12 : 16);
  FrequencyTable best;
  std::uint64_t best_length = ~std::uint64_t{0};
  const auto consider = [&](FrequencyTable table) {
    const std::uint64_t length = total_length(table, counts);
    if (length >= best_length) return;
    best = std::move(table);
    best_length = length;
  };
  for (const Fall fall : {Fall::geometric, Fall::gauss}) {
    consider(two_sided_table(counts, range, fine, fall));
    consider(symmetric_table(counts, range, fine, fall));
    if (!wanted && range.size() <= 64) consider(symmetric_table(counts, range, 8, fall));
  }
  for (int precision = kLowestPrecision; precision <= kHighestPrecision; precision += kPrecisionStep) {
    if (wanted && precision != *wanted) continue;
    // Every symbol of the range may take a code of its own at least. Where these alone are half of all codes,
    // frequencies can follow no distribution, and where they are all of them there is no table.
    if (range.size() > (std::uint32_t{1} << precision) / 2) continue;
    consider(explicit_table(counts, range, precision));
  }
  return best;
}

void write_table(BitWriter& writer, const FrequencyTable& table) {
  writer.write(table.two_sided ? 1 : 0, 1);
  writer.write(precision_number(table), 3);
  writer.write_golomb(table.first, 2);
  writer.write_golomb(static_cast<std::uint32_t>(table.frequency.size()) - 1, 3);
  if (table.two_sided) {
    writer.write_golomb(table.two_sided->centre - table.first, 3);
    writer.write(table.two_sided->symmetric ? 1 : 0, 1);
    writer.write(table.two_sided->below, 8);
    if (table.two_sided->symmetric) return;
    writer.write(table.two_sided->above, 8);
    writer.write(table.two_sided->peak, 8);
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
  const std::uint32_t number = reader.read(3);
  const bool gauss = number >= kPrecisions;
  require<DataError>(two_sided || !gauss, "ans: precision {} of an explicit table is unknown", number);
  table.precision = gauss ? kGaussPrecision[number - kPrecisions]
                          : kLowestPrecision + kPrecisionStep * static_cast<int>(number);
  const std::uint32_t whole = std::uint32_t{1} << table.precision;
  table.first = reader.read_golomb(2);
  const std::uint32_t more = reader.read_golomb(3);
  require<DataError>(table.first < alphabet && more < alphabet - table.first && more < whole,
                     "ans: table of symbols {}..+{} in an alphabet of {}", table.first, more, alphabet);
  const std::uint32_t size = more + 1;
  if (two_sided) {
    TwoSided shape;
    shape.fall = gauss ? Fall::gauss : Fall::geometric;
    shape.centre = reader.read_golomb(3);
    require<DataError>(shape.centre < size, "ans: centre {} of a table of {} symbols", shape.centre, size);
    shape.centre += table.first;
    shape.symmetric = reader.read(1) == 1;
    shape.below = shape.above = reader.read(8);
    if (!shape.symmetric) {
      shape.above = reader.read(8);
      shape.peak = reader.read(8);
    }
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
