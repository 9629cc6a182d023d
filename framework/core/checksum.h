// The checksum of files and payloads.
#pragma once

#include <cstdint>
#include <span>

namespace adagrain {

// CRC-32 (IEEE 802.3, as zlib) of `bytes`, or of what gave `before` and them.
std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t before = 0);

}  // namespace adagrain
