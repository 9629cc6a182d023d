// The processing element of Eyeriss v2 (Chen et al., JETCAS 2019) with one multiplier, on a pointwise layer.
//
// Every non-zero input of channel c meets every non-zero weight of c, a product a cycle, from compressed
// columns:
//   cycles = sum over c of nnz(inputs of c) * nnz(weights of c)
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace adagrain {

// The characters '0' and '1', white space between them left out. Throws DataError that says where another one
// is.
std::vector<std::uint8_t> read_mask(const std::filesystem::path& file);

// A value's channel is its position modulo `channels`. Throws ConfigError unless both masks hold whole sets
// of channels.
std::uint64_t sparse_element_cycles(std::span<const std::uint8_t> inputs,
                                    std::span<const std::uint8_t> weights, std::uint64_t channels);

}  // namespace adagrain
