// Any bytes as an interleaved rANS stream: symbols or a DataError, the same from every instruction set. The
// first two bytes choose the number of symbols.
#include <cstdlib>
#include <optional>
#include <vector>

#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/core/error.h"
#include "tests/fuzz/fuzz_target.h"

namespace adagrain {
namespace {

using Symbols = std::optional<std::vector<std::uint8_t>>;

Symbols decoded(std::span<const std::uint8_t> bytes, std::size_t count, Isa isa) {
  std::vector<std::uint8_t> symbols(count);
  try {
    decode_lanes(bytes, symbols, 1, isa);
  } catch (const DataError&) {
    return {};
  }
  return symbols;
}

void fuzz_lanes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 2) return;
  const std::size_t count = bytes[0] | std::size_t{bytes[1]} << 8;
  const Symbols expected = decoded(bytes.subspan(2), count, Isa::scalar);
  for (const Isa isa : available_isas())
    if (decoded(bytes.subspan(2), count, isa) != expected) std::abort();
}

const bool registered = fuzz_targets().emplace("lanes", fuzz_lanes).second;

}  // namespace
}  // namespace adagrain
