// Which probability table codes which weight: where granularity meets the coder.
//
// At block and feature_map granularity units cluster into a few tables and each unit stores which. At element
// granularity each weight's table follows from neighbours that are decoded already, and nothing is stored.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/compression/granularities/granularity.h"

namespace adagrain {

// The weights that are coded, in row-major order: those of units that are alive.
struct CodedWeights {
  std::vector<std::uint32_t> element;  // [coded weight] -> its element
};

// Context of a weight: how large its left and upper neighbours' levels are together, 0..kContexts - 1.
constexpr std::uint32_t kContexts = 5;
std::uint8_t neighbour_context(std::span<const std::int32_t> levels, MatrixShape shape, std::size_t element);

// Clusters units by what their symbols cost (k-means on coded length). Returns [unit] -> table, < tables.
// `unit_of` is [symbol] -> unit; units without symbols get table 0.
std::vector<std::uint8_t> cluster_units(std::span<const std::uint16_t> symbols,
                                        std::span<const std::uint32_t> unit_of, std::uint32_t units,
                                        std::uint32_t alphabet, std::uint32_t tables);

}  // namespace adagrain
