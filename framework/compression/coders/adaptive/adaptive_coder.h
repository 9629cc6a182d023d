// The adaptive coder: the smallest files. Levels of a matrix, coded bit by bit with probabilities that are
// learned on the way from the levels around, by asymmetric numeral systems. STREAM.md has the bytes.
//
// Against one static table a layer it takes 2 to 25 % fewer bytes, most where layers are sparse or see
// images; it decodes some millions of levels a second where `ans` decodes tens of millions.
//
// One implementation for all instruction sets: each bit waits for the one before. With the contexts of a bit
// in one AVX2 register and gathered look-ups it decoded a tenth slower.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "framework/compression/coders/adaptive/neighbourhood.h"
#include "framework/core/bytes.h"

namespace adagrain {

// The levels that are coded: those at `elements` (row-major, increasing); all others are 0.
struct LevelGrid {
  MatrixShape shape;
  std::int64_t kernel_size = 1, kernel_width = 1;  // of a convolution's weight [out, in, height, width]
  std::span<const std::uint32_t> elements;
};

// Of a tensor whose `elements` are coded.
LevelGrid level_grid(const Shape& shape, std::span<const std::uint32_t> elements);

// Decisions are kept until all are known: beyond this the cost of memory and time outweighs the bytes.
constexpr std::size_t kLargestAdaptiveGrid = std::size_t{1} << 22;
constexpr std::int32_t kLargestAdaptiveLevel = (1 << 15) - 1;
bool adaptive_takes(std::span<const std::int32_t> levels);

// `levels` [element], which adaptive_takes; those that are not coded are 0, at least one is coded.
// Deterministic.
Bytes encode_adaptive(const LevelGrid& grid, std::span<const std::int32_t> levels);

// The bits that a level takes where the encoder stands, in 2^-kLogFraction.
using LevelPrice = std::function<std::uint32_t(std::int32_t level)>;

// Goes through the stream as encode_adaptive does and replaces each coded level by the one that
// `choose(element, price)` returns, no larger in magnitude than the largest of `levels`. What stands in
// `levels` before says how large levels are as a whole.
void choose_adaptive_levels(
    const LevelGrid& grid, std::span<std::int32_t> levels,
    const std::function<std::int32_t(std::size_t element, const LevelPrice& price)>& choose);

// Fills the coded ones of `levels` [element], all 0 before. `bytes` is the whole stream. Throws DataError on
// anything encode_adaptive cannot have written.
void decode_adaptive(std::span<const std::uint8_t> bytes, const LevelGrid& grid,
                     std::span<std::int32_t> levels);

// Histories that a decoder of the stream keeps: one for each node of each context, and those of signs. Throws
// DataError where the stream has no head.
std::uint32_t adaptive_histories(std::span<const std::uint8_t> bytes);

}  // namespace adagrain
