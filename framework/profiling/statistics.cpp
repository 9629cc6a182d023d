#include "framework/profiling/statistics.h"

#include <algorithm>
#include <cmath>

#include "framework/core/error.h"
#include "framework/core/parallel.h"
#include "framework/profiling/block_kernels.h"

namespace adagrain {

namespace {

// Below, the powers of two that scale a block would overflow; such values share the first bin.
constexpr int kLeastExponent = -100;
// Values a thread takes at a time: its tables are small beside it.
constexpr std::size_t kPiece = std::size_t{1} << 19;
constexpr std::size_t kHighestCode = 127;
constexpr std::size_t kZeroBin = kernels::kMagnitudes;

int exponent_above(float magnitude) {
  if (magnitude == 0) return kLeastExponent;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  return std::max(exponent, kLeastExponent);
}

// to += from, whose bins halve their resolution `shift` times.
template <typename Count>
void add_bins(const Count* from, int shift, std::uint64_t* to) {
  if (shift == 0) {
    for (std::size_t bin = 0; bin < kernels::kBins; ++bin) to[bin] += from[bin];
    return;
  }
  to[kZeroBin] += from[kZeroBin];
  for (std::size_t bin = 1; bin < kernels::kMagnitudes; ++bin) {
    to[kZeroBin + (bin >> shift)] += from[kZeroBin + bin];
    to[kZeroBin - (bin >> shift)] += from[kZeroBin - bin];
  }
}

}  // namespace

ValueAccumulator::ValueAccumulator(std::string what)
    : what_(std::move(what)), exponent_(kLeastExponent), counts_(kernels::kBins) {}

void ValueAccumulator::Moments::merge(const Moments& other) {
  if (other.count == 0) return;
  const double n = count, m = other.count, total = n + m;
  const double delta = other.mean - mean;
  const double step = delta / total;
  const double product = delta * step * n * m;
  fourth += other.fourth + product * step * step * (n * n - n * m + m * m) +
            6 * step * step * (n * n * other.second + m * m * second) +
            4 * step * (n * other.third - m * third);
  third += other.third + product * step * (n - m) + 3 * step * (n * other.second - m * second);
  second += other.second + product;
  mean += step * m;
  count = total;
}

void ValueAccumulator::Summary::merge(const Summary& other) {
  moments.merge(other.moments);
  zeros += other.zeros;
  minimum = std::min(minimum, other.minimum);
  maximum = std::max(maximum, other.maximum);
}

void ValueAccumulator::add_counters(std::uint16_t* counters, int exponent) {
  std::uint32_t bins[kernels::kBins];
  kernels::empty_counters(counters, bins);
  if (exponent > exponent_) {
    std::vector<std::uint64_t> coarser(kernels::kBins);
    add_bins(counts_.data(), std::min(exponent - exponent_, kernels::kMagnitudeBits), coarser.data());
    counts_ = std::move(coarser);
    exponent_ = exponent;
  }
  add_bins(bins, std::min(exponent_ - exponent, kernels::kMagnitudeBits), counts_.data());
}

ValueAccumulator::Summary ValueAccumulator::add_piece(std::span<const float> values, std::size_t first_index,
                                                      std::mutex& lock, const Visitor& visitor) {
  // Kept from piece to piece, all zero in between: fresh memory of this size costs more than counting half a
  // piece into it.
  thread_local std::vector<std::uint16_t> counters(kernels::kCounters);
  std::size_t counted = 0;  // blocks in the counters
  int exponent = kLeastExponent;
  std::size_t visited = 0;
  Summary summary;
  const auto hand_over = [&] {
    if (counted == 0) return;
    const std::lock_guard guard(lock);
    add_counters(counters.data(), exponent);
    counted = 0;
  };
  for (std::size_t first = 0; first < values.size(); first += kernels::kBlock) {
    const std::span<const float> block =
        values.subspan(first, std::min(kernels::kBlock, values.size() - first));
    for (; visited < first + block.size(); visited += visitor.unit) {
      visitor.visit(first_index + visited,
                    values.subspan(visited, std::min(visitor.unit, values.size() - visited)));
    }
    const kernels::Extent extent = kernels::extent(block.data(), block.size());
    if (!std::isfinite(extent.sum)) {
      hand_over();
      const auto bad = std::find_if_not(block.begin(), block.end(), [](float x) { return std::isfinite(x); });
      const std::size_t index = first_index + first + static_cast<std::size_t>(bad - block.begin());
      throw DataError(fmt::format("{}: value {} at index {}; finite values only", what_, *bad, index));
    }
    const int above = exponent_above(std::max(-extent.minimum, extent.maximum));
    if (above > exponent || counted == kernels::kBlocksUntilFull) hand_over();
    exponent = std::max(exponent, above);
    const int unit = kernels::kMagnitudeBits - exponent;  // its exponent
    const double mean = extent.sum / static_cast<double>(block.size());
    const kernels::CentralSums sums =
        kernels::sum_and_count(block.data(), block.size(), std::ldexp(1.0f, unit),
                               static_cast<float>(std::ldexp(mean, unit)), counters.data());
    ++counted;
    summary.merge({{static_cast<double>(block.size()), mean, std::ldexp(sums.second, -2 * unit),
                    std::ldexp(sums.third, -3 * unit), std::ldexp(sums.fourth, -4 * unit)},
                   extent.zeros,
                   extent.minimum,
                   extent.maximum});
  }
  hand_over();
  return summary;
}

void ValueAccumulator::add_in_pieces(std::span<const float> values, std::size_t piece, int threads,
                                     std::size_t first_index, const Visitor& visitor) {
  std::vector<Summary> summaries((values.size() + piece - 1) / piece);
  std::mutex lock;
  parallel_for(summaries.size(), threads, [&](std::size_t number) {
    const std::size_t first = number * piece;
    summaries[number] = add_piece(values.subspan(first, std::min(piece, values.size() - first)),
                                  first_index + first, lock, visitor);
  });
  for (const Summary& summary : summaries) summary_.merge(summary);
}

void ValueAccumulator::add(std::span<const float> values, int threads, std::size_t first_index) {
  add_in_pieces(values, kPiece, threads, first_index, {kPiece, [](std::size_t, std::span<const float>) {}});
}

void ValueAccumulator::count_codes(ValueStatistics& statistics) const {
  if (statistics.absmax == 0) {  // one code
    statistics.sparsity = 1;
    return;
  }
  const double bin_width = std::ldexp(1.0, exponent_ - kernels::kMagnitudeBits);
  const double step = statistics.absmax / kHighestCode;
  std::vector<std::uint64_t> codes(2 * kHighestCode + 1);
  for (std::size_t bin = 0; bin < kernels::kMagnitudes; ++bin) {
    const double centre = (static_cast<double>(bin) + 0.5) * bin_width;
    const auto code = std::min(kHighestCode, static_cast<std::size_t>(centre / step + 0.5));
    codes[kHighestCode + code] += counts_[kZeroBin + bin];
    if (bin > 0) codes[kHighestCode - code] += counts_[kZeroBin - bin];
  }
  for (const std::uint64_t count : codes) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / summary_.moments.count;
    statistics.entropy_bits -= share * std::log2(share);
  }
  statistics.sparsity = static_cast<double>(codes[kHighestCode]) / summary_.moments.count;
}

ValueStatistics ValueAccumulator::statistics() const {
  ValueStatistics result;
  const Moments& moments = summary_.moments;
  const double n = moments.count;
  if (n == 0) return result;
  result.count = static_cast<std::int64_t>(n);
  result.minimum = summary_.minimum;
  result.maximum = summary_.maximum;
  result.absmax = std::max(std::abs(result.minimum), std::abs(result.maximum));
  result.exact_sparsity = static_cast<double>(summary_.zeros) / n;
  result.mean = moments.mean;
  const double variance = moments.second / n;
  const double mean_square = variance + moments.mean * moments.mean;
  result.standard_deviation = std::sqrt(variance);
  result.rms = std::sqrt(mean_square);
  if (variance > 0) {
    result.skewness = moments.third / n / (variance * result.standard_deviation);
    result.kurtosis = moments.fourth / n / (variance * variance);
  }
  count_codes(result);
  if (result.absmax > 0) {
    const double nonzero_rms = std::sqrt(mean_square * n / (n - static_cast<double>(summary_.zeros)));
    result.dynamic_range_db = std::max(0.0, 20 * std::log10(result.absmax / nonzero_rms));
  }
  return result;
}

}  // namespace adagrain
