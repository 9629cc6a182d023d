// The tensors of a container that hold the weights of layers, and the work of weights that no decoder is
// needed for.
#pragma once

#include <utility>
#include <vector>

#include "framework/container/grain_file.h"
#include "framework/hardware/layer_timing.h"

namespace adagrain {

// Each layer with its entry, in the order of the layers. Throws DataError where the container lacks one,
// holds it in another shape or stored by its own type.
std::vector<std::pair<const LayerDescription*, const GrainEntry*>> layer_tensors(
    const GrainReader& container, const std::vector<LayerDescription>& layers);

// Weights that take `bytes` as they are stored, in the order of the matrix: they pass the port of the stream
// buffer and nothing else.
LayerWork plain_work(const Accelerator& accelerator, const LayerDescription& layer, std::uint64_t bytes);

}  // namespace adagrain
