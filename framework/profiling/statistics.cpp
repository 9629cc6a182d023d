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
constexpr int kHighestCode = 127;

int exponent_above(float magnitude) {
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  return std::max(exponent, kLeastExponent);
}

// Halves the resolution `shift` times.
template <typename Count>
void merge_bins(Count* table, int shift) {
  for (Count* half : {table, table + kernels::kMagnitudes}) {
    for (std::size_t bin = 0; bin < kernels::kMagnitudes; ++bin) {
      const Count moved = half[bin];
      half[bin] = 0;
      half[bin >> shift] += moved;
    }
  }
}

}  // namespace

ValueAccumulator::ValueAccumulator(std::string what) : what_(std::move(what)), exponent_(kLeastExponent) {}

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

void ValueAccumulator::widen(int exponent) {
  if (counts_.empty()) counts_.assign(kernels::kBins, 0);
  if (exponent <= exponent_) return;
  merge_bins(counts_.data(), std::min(exponent - exponent_, kernels::kMagnitudeBits));
  exponent_ = exponent;
}

void ValueAccumulator::add_piece(std::span<const float> values, std::int64_t first_index) {
  // Kept from piece to piece: fresh memory of this size costs more than counting half a piece into it.
  thread_local std::vector<std::uint32_t> tables;
  tables.assign(kernels::kTables * kernels::kBins, 0);
  std::uint16_t bins[kernels::kBlock];
  int exponent = kLeastExponent;
  for (std::size_t first = 0; first < values.size(); first += kernels::kBlock) {
    const std::span<const float> block =
        values.subspan(first, std::min(kernels::kBlock, values.size() - first));
    const kernels::Extent extent = kernels::extent(block.data(), block.size());
    if (!std::isfinite(extent.magnitude)) {
      const auto bad = std::find_if_not(block.begin(), block.end(), [](float x) { return std::isfinite(x); });
      const std::int64_t index = first_index + static_cast<std::int64_t>(first) + (bad - block.begin());
      throw DataError(fmt::format("{}: value {} at index {}; finite values only", what_, *bad, index));
    }
    if (const int above = exponent_above(extent.magnitude); above > exponent) {
      const int shift = std::min(above - exponent, kernels::kMagnitudeBits);
      for (std::size_t table = 0; table < kernels::kTables && first > 0; ++table) {
        merge_bins(tables.data() + table * kernels::kBins, shift);
      }
      exponent = above;
    }
    const kernels::Sums sums =
        kernels::sums_and_bins(block.data(), block.size(), std::ldexp(1.0f, -exponent), bins);
    kernels::count_bins(bins, block.size(), tables.data(), block.data() + block.size());
    minimum_ = moments_.count == 0 ? extent.minimum : std::min<double>(minimum_, extent.minimum);
    maximum_ = moments_.count == 0 ? extent.maximum : std::max<double>(maximum_, extent.maximum);
    zeros_ += extent.zeros;
    moments_.merge({static_cast<double>(block.size()), std::ldexp(sums.mean, exponent),
                    std::ldexp(sums.second, 2 * exponent), std::ldexp(sums.third, 3 * exponent),
                    std::ldexp(sums.fourth, 4 * exponent)});
  }
  for (std::size_t table = 1; table < kernels::kTables; ++table) {
    for (std::size_t bin = 0; bin < kernels::kBins; ++bin)
      tables[bin] += tables[table * kernels::kBins + bin];
  }
  add_counts(tables.data(), exponent);
}

template <typename Count>
void ValueAccumulator::add_counts(const Count* table, int exponent) {
  widen(exponent);
  const int shift = std::min(exponent_ - exponent, kernels::kMagnitudeBits);
  for (std::size_t bin = 0; bin < kernels::kBins; ++bin) {
    const std::size_t sign = bin & kernels::kMagnitudes;
    counts_[sign | ((bin - sign) >> shift)] += table[bin];
  }
}

void ValueAccumulator::add(std::span<const float> values, int threads, std::int64_t first_index) {
  if (values.empty()) return;
  const std::size_t pieces = (values.size() + kPiece - 1) / kPiece;
  std::vector<ValueAccumulator> parts(pieces, ValueAccumulator(what_));
  parallel_for(pieces, threads, [&](std::size_t piece) {
    const std::size_t first = piece * kPiece;
    parts[piece].add_piece(values.subspan(first, std::min(kPiece, values.size() - first)),
                           first_index + static_cast<std::int64_t>(first));
  });
  for (const ValueAccumulator& part : parts) merge(part);
}

void ValueAccumulator::merge(const ValueAccumulator& other) {
  if (other.moments_.count == 0) return;
  minimum_ = moments_.count == 0 ? other.minimum_ : std::min(minimum_, other.minimum_);
  maximum_ = moments_.count == 0 ? other.maximum_ : std::max(maximum_, other.maximum_);
  zeros_ += other.zeros_;
  moments_.merge(other.moments_);
  add_counts(other.counts_.data(), other.exponent_);
}

void ValueAccumulator::count_codes(ValueStatistics& statistics) const {
  if (statistics.absmax == 0) {  // one code
    statistics.sparsity = 1;
    return;
  }
  const double bin_width = std::ldexp(1.0, exponent_ - kernels::kMagnitudeBits);
  const double step = statistics.absmax / kHighestCode;
  std::vector<std::uint64_t> codes(2 * kHighestCode + 1);
  for (std::size_t bin = 0; bin < kernels::kBins; ++bin) {
    const std::size_t magnitude = bin % kernels::kMagnitudes;
    const double centre = (static_cast<double>(magnitude) + 0.5) * bin_width;
    const int code = static_cast<int>(std::min<double>(kHighestCode, std::round(centre / step)));
    codes[static_cast<std::size_t>(kHighestCode + (bin < kernels::kMagnitudes ? code : -code))] +=
        counts_[bin];
  }
  for (const std::uint64_t count : codes) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / moments_.count;
    statistics.entropy_bits -= share * std::log2(share);
  }
  statistics.sparsity = static_cast<double>(codes[kHighestCode]) / moments_.count;
}

ValueStatistics ValueAccumulator::statistics() const {
  ValueStatistics result;
  const double n = moments_.count;
  if (n == 0) return result;
  result.count = static_cast<std::int64_t>(n);
  result.minimum = minimum_;
  result.maximum = maximum_;
  result.absmax = std::max(std::abs(minimum_), std::abs(maximum_));
  result.exact_sparsity = static_cast<double>(zeros_) / n;
  result.mean = moments_.mean;
  const double variance = moments_.second / n;
  const double mean_square = variance + moments_.mean * moments_.mean;
  result.standard_deviation = std::sqrt(variance);
  result.rms = std::sqrt(mean_square);
  if (variance > 0) {
    result.skewness = moments_.third / n / (variance * result.standard_deviation);
    result.kurtosis = moments_.fourth / n / (variance * variance);
  }
  count_codes(result);
  if (result.absmax > 0) {
    const double nonzero_rms = std::sqrt(mean_square * n / (n - static_cast<double>(zeros_)));
    result.dynamic_range_db = std::max(0.0, 20 * std::log10(result.absmax / nonzero_rms));
  }
  return result;
}

}  // namespace adagrain
