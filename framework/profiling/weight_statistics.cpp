#include <algorithm>
#include <vector>

#include "framework/core/error.h"
#include "framework/profiling/block_kernels.h"
#include "framework/profiling/scale_spread.h"
#include "framework/profiling/statistics.h"

namespace adagrain {

namespace {

// Whole rows of about so many weights: what is looked at together, what a thread takes at a time.
constexpr std::size_t kUnit = std::size_t{1} << 12;
constexpr std::size_t kPiece = std::size_t{1} << 18;

struct Spreads {
  ScaleSpread channels, blocks;
};

}  // namespace

WeightStatistics weight_statistics(const std::string& what, std::span<const float> values, std::int64_t rows,
                                   int threads) {
  ensure(rows > 0 ? values.size() % static_cast<std::size_t>(rows) == 0 : values.empty(),
         "{}: {} values do not make {} equal rows", what, values.size(), rows);
  if (values.empty()) return {};
  const std::size_t row_size = values.size() / static_cast<std::size_t>(rows);
  const std::size_t unit = std::max<std::size_t>(1, kUnit / row_size) * row_size;
  const std::size_t piece = std::max<std::size_t>(1, kPiece / row_size) * row_size;
  const std::size_t blocks_of_row = (row_size + kScaleBlock - 1) / kScaleBlock;
  std::vector<Spreads> parts((values.size() + piece - 1) / piece);
  const auto measure_scales = [&](std::size_t first, std::span<const float> share) {
    std::vector<float> channels(share.size() / row_size), blocks(channels.size() * blocks_of_row);
    for (std::size_t row = 0; row < channels.size(); ++row) {
      float* scales = &blocks[row * blocks_of_row];
      kernels::run_magnitudes(&share[row * row_size], row_size, kScaleBlock, scales);
      channels[row] = *std::max_element(scales, scales + blocks_of_row);
    }
    parts[first / piece].channels.add(channels);
    parts[first / piece].blocks.add(blocks);
  };
  ValueAccumulator accumulator(what);
  accumulator.add_in_pieces(values, piece, threads, 0, {unit, measure_scales});
  Spreads all;
  for (const Spreads& part : parts) {
    all.channels.merge(part.channels);
    all.blocks.merge(part.blocks);
  }
  return {accumulator.statistics(), all.channels.deviation(), all.blocks.deviation()};
}

}  // namespace adagrain
