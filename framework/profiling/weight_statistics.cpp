#include <algorithm>
#include <cmath>

#include "framework/core/error.h"
#include "framework/core/parallel.h"
#include "framework/profiling/block_kernels.h"
#include "framework/profiling/statistics.h"

namespace adagrain {

namespace {

constexpr std::size_t kBlockOfRow = 64;               // weights
constexpr std::size_t kPiece = std::size_t{1} << 18;  // weights a thread takes at a time, about

// Standard deviation of log2(scale) over the pieces of a tensor that are not all zero.
class Spread {
 public:
  void add(float scale) {
    if (scale == 0) return;
    const double octaves = std::log2(static_cast<double>(scale));
    ++count_;
    const double delta = octaves - mean_;
    mean_ += delta / count_;
    sum_ += delta * (octaves - mean_);
  }

  void merge(const Spread& other) {
    if (other.count_ == 0) return;
    const double total = count_ + other.count_, delta = other.mean_ - mean_;
    sum_ += other.sum_ + delta * delta * count_ * other.count_ / total;
    mean_ += delta * other.count_ / total;
    count_ = total;
  }

  double deviation() const { return count_ == 0 ? 0 : std::sqrt(sum_ / count_); }

 private:
  double count_ = 0, mean_ = 0, sum_ = 0;
};

struct Part {
  ValueAccumulator values;
  Spread channels, blocks;
};

}  // namespace

WeightStatistics weight_statistics(const std::string& what, std::span<const float> values, std::int64_t rows,
                                   int threads) {
  ensure(rows > 0 ? values.size() % static_cast<std::size_t>(rows) == 0 : values.empty(),
         "{}: {} values do not make {} equal rows", what, values.size(), rows);
  if (values.empty()) return {};
  const std::size_t row_size = values.size() / static_cast<std::size_t>(rows);
  const std::size_t rows_of_piece = std::max<std::size_t>(1, kPiece / row_size);
  const std::size_t pieces = (static_cast<std::size_t>(rows) + rows_of_piece - 1) / rows_of_piece;
  std::vector<Part> parts(pieces, Part{ValueAccumulator(what), {}, {}});
  parallel_for(pieces, threads, [&](std::size_t piece) {
    const std::size_t first = piece * rows_of_piece * row_size;
    const std::span<const float> share =
        values.subspan(first, std::min(rows_of_piece * row_size, values.size() - first));
    // The scales first: they bring the piece into the cache, where the statistics find it.
    for (std::size_t row = 0; row < share.size(); row += row_size) {
      float channel = 0;
      for (std::size_t block = 0; block < row_size; block += kBlockOfRow) {
        const float scale =
            kernels::largest_magnitude(share.data() + row + block, std::min(kBlockOfRow, row_size - block));
        parts[piece].blocks.add(scale);
        channel = std::max(channel, scale);
      }
      parts[piece].channels.add(channel);
    }
    parts[piece].values.add(share, 1, static_cast<std::int64_t>(first));
  });
  for (std::size_t piece = 1; piece < pieces; ++piece) {
    parts[0].values.merge(parts[piece].values);
    parts[0].channels.merge(parts[piece].channels);
    parts[0].blocks.merge(parts[piece].blocks);
  }
  return {parts[0].values.statistics(), parts[0].channels.deviation(), parts[0].blocks.deviation()};
}

}  // namespace adagrain
