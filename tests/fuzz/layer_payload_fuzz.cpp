// Any bytes as a layer's payload: weights of the right number, or a DataError. The first byte chooses the
// shape.
#include <cstdlib>
#include <vector>

#include "framework/compression/payload/layer_codec.h"
#include "framework/core/error.h"
#include "tests/fuzz/fuzz_target.h"

namespace adagrain {
namespace {

void fuzz_layer_payload(std::span<const std::uint8_t> bytes) {
  static const std::vector<Shape> shapes = {
      {}, {0}, {1}, {40}, {1, 1}, {3, 5}, {16, 16}, {1, 300}, {300, 1}, {4, 1, 3, 3}, {8, 8, 1, 1}, {7, 13}};
  if (bytes.empty()) return;
  const Shape& shape = shapes[bytes[0] % shapes.size()];
  try {
    const DecodedLayer layer = decode_layer(bytes.subspan(1), shape);
    const bool whole = layer.weights.size() == static_cast<std::size_t>(element_count(shape));
    if (!whole || layer.info.parts.total() != bytes.size() - 1) std::abort();
  } catch (const DataError&) {
    return;
  }
}

const bool registered = fuzz_targets().emplace("layer_payload", fuzz_layer_payload).second;

}  // namespace
}  // namespace adagrain
