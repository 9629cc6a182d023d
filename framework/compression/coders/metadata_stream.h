// Short lists of small numbers that describe units and groups: step codes, zero levels, masks, scale codes,
// the table of each group. They are coded like weights, but stand raw where that takes no more bits than a
// frequency table would.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/core/bytes.h"

namespace adagrain {

// Whether such a list is coded where the layer's coder is not `raw`.
bool codes_metadata(std::uint32_t alphabet, std::size_t count);

// Appends the numbers, each below `alphabet`: static rANS with its length in front where `coded` and
// codes_metadata say so, else fixed width.
void append_metadata(Bytes& out, std::uint32_t alphabet, std::span<const std::uint8_t> numbers, bool coded);
// The inverse; throws DataError.
std::vector<std::uint8_t> read_metadata(ByteReader& reader, std::uint32_t alphabet, std::size_t count,
                                        bool coded);

// About the bytes that append_metadata takes where `coded`.
std::uint64_t metadata_price(std::uint32_t alphabet, std::span<const std::uint8_t> numbers);

}  // namespace adagrain
