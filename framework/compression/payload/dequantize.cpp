#include "framework/compression/payload/dequantize.h"

#include <algorithm>
#include <array>
#include <limits>

#include "framework/core/simd_clones.h"

namespace adagrain {

namespace {

template <typename Symbol>
struct SymbolRange {
  Symbol lowest = std::numeric_limits<Symbol>::max(), highest = std::numeric_limits<Symbol>::lowest();
};

// weight = step * (offset + stride * symbol), the sum below 2^24: an integer to a float and one product, the
// same bits in every clone.
template <typename Symbol>
[[gnu::always_inline]] inline void scale_all(std::span<const Symbol> symbols, float step, std::int32_t offset,
                                             std::int32_t stride, float* __restrict weights,
                                             SymbolRange<Symbol>& range) {
  const Symbol* const from = symbols.data();
  const std::size_t count = symbols.size();
  for (std::size_t i = 0; i < count; ++i) {
    weights[i] = step * static_cast<float>(offset + stride * static_cast<std::int32_t>(from[i]));
  }
  Symbol lowest = range.lowest, highest = range.highest;
  for (std::size_t i = 0; i < count; ++i) {
    lowest = std::min(lowest, from[i]);
    highest = std::max(highest, from[i]);
  }
  range = {lowest, highest};
}

ADAGRAIN_CLONES void scale(std::span<const std::uint8_t> symbols, float step, std::int32_t offset,
                           std::int32_t stride, float* weights, SymbolRange<std::uint8_t>& range) {
  scale_all(symbols, step, offset, stride, weights, range);
}
ADAGRAIN_CLONES void scale(std::span<const std::uint16_t> symbols, float step, std::int32_t offset,
                           std::int32_t stride, float* weights, SymbolRange<std::uint16_t>& range) {
  scale_all(symbols, step, offset, stride, weights, range);
}
ADAGRAIN_CLONES void scale(std::span<const std::int32_t> symbols, float step, std::int32_t offset,
                           std::int32_t stride, float* weights, SymbolRange<std::int32_t>& range) {
  scale_all(symbols, step, offset, stride, weights, range);
}

ADAGRAIN_CLONES std::uint32_t count_nonzero(const float* weights, std::size_t count) {
  std::uint32_t nonzero = 0;
  for (std::size_t i = 0; i < count; ++i) nonzero += weights[i] != 0;
  return nonzero;
}

// Appends weights by way of a block that stays in the first-level cache: a vector of the final size would be
// filled with zeros first.
class WeightAppender {
 public:
  explicit WeightAppender(std::size_t count) { weights_.reserve(count); }

  // Room for 1 .. `wanted` weights.
  std::span<float> room(std::size_t wanted) {
    if (used_ == block_.size()) flush();
    const std::size_t given = std::min(wanted, block_.size() - used_);
    used_ += given;
    return std::span(block_).subspan(used_ - given, given);
  }
  void append_zeros(std::size_t count) {
    flush();
    weights_.resize(weights_.size() + count);
  }
  void flush() {
    nonzero_ += count_nonzero(block_.data(), used_);
    weights_.insert(weights_.end(), block_.begin(), block_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
  }

  std::size_t size() const { return weights_.size() + used_; }
  std::uint64_t nonzero() const { return nonzero_; }
  std::vector<float> take() { return std::move(weights_); }

 private:
  std::vector<float> weights_;
  std::array<float, 2048> block_;
  std::size_t used_ = 0;
  std::uint64_t nonzero_ = 0;
};

}  // namespace

template <typename Symbol>
DequantizedLevels dequantize(const LayerCode& code, const LayerUnits& cut, const CodedWeights& coded,
                             const LevelSymbols<Symbol>& levels) {
  std::vector<float> steps;  // [step unit]
  for (const std::uint8_t step_code : code.step_code) {
    steps.push_back(step_code == 0 ? 0.0f : step_of(code.largest_step, step_code));
  }
  const auto count = static_cast<std::size_t>(code.shape.count());
  WeightAppender weights(count);
  SymbolRange<Symbol> used;
  const Symbol* next = levels.symbols.data();
  for (const ElementRange& range : coded.ranges) {
    if (range.begin > weights.size()) weights.append_zeros(range.begin - weights.size());
    if (levels.by_element) next = levels.symbols.data() + range.begin;
    for_each_unit_run(cut.step_units, range.begin, range.end,
                      [&](std::size_t begin, std::size_t end, std::uint32_t unit) {
                        const std::int32_t zero = code.zero_level.empty() ? 0 : code.zero_level[unit];
                        while (begin < end) {
                          const std::span<float> room = weights.room(end - begin);
                          scale(std::span(next, room.size()), steps[unit], levels.lowest - zero,
                                levels.stride, room.data(), used);
                          next += room.size();
                          begin += room.size();
                        }
                      });
  }
  weights.append_zeros(count - weights.size());
  DequantizedLevels all{weights.take(), weights.nonzero()};
  if (coded.count > 0) {
    all.lowest = levels.lowest + levels.stride * static_cast<std::int32_t>(used.lowest);
    all.highest = levels.lowest + levels.stride * static_cast<std::int32_t>(used.highest);
  }
  return all;
}

template DequantizedLevels dequantize(const LayerCode&, const LayerUnits&, const CodedWeights&,
                                      const LevelSymbols<std::uint8_t>&);
template DequantizedLevels dequantize(const LayerCode&, const LayerUnits&, const CodedWeights&,
                                      const LevelSymbols<std::uint16_t>&);
template DequantizedLevels dequantize(const LayerCode&, const LayerUnits&, const CodedWeights&,
                                      const LevelSymbols<std::int32_t>&);

}  // namespace adagrain
