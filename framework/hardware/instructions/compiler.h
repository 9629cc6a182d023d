// A layer's program, from what its payload says of itself: no symbol of a weight is decoded for it.
#pragma once

#include "framework/hardware/instructions/instruction.h"
#include "framework/hardware/mapping.h"
#include "framework/hardware/stored_layer.h"

namespace adagrain {

// Metadata, tables and streams are opened first, then comes a loop over the tiles of `mapping` and, where
// weights are fetched several times, one around it. `payload` is what `layer` was read from. Throws DataError
// where an operand has no room: a payload beyond 4 GB.
Program compile_layer(const StoredLayer& layer, std::span<const std::uint8_t> payload,
                      const LayerMapping& mapping);

}  // namespace adagrain
