#include "framework/core/checksum.h"

#include <zlib.h>

namespace adagrain {

std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t before) {
  // zlib takes no data for a question about the initial value.
  if (bytes.empty()) return before;
  return static_cast<std::uint32_t>(::crc32_z(before, bytes.data(), bytes.size()));
}

}  // namespace adagrain
