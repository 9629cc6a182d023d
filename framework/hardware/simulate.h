// One inference of a stored network on an accelerator: every layer's payload is compiled, executed and timed.
#pragma once

#include <vector>

#include "framework/container/grain_file.h"
#include "framework/hardware/accelerator.h"
#include "framework/hardware/executor.h"
#include "framework/hardware/hardware_cost.h"
#include "framework/hardware/mapping.h"
#include "framework/hardware/stored_layer.h"

namespace adagrain {

// A layer as it ran.
struct LayerRun {
  StoredLayer stored;
  LayerMapping mapping;
  Program program;
  ExecutedLayer executed;
};
// `payload` must outlive what is returned. Throws as compile_layer and execute do, and ConfigError where the
// accelerator has no mapping.
LayerRun run_layer(const Accelerator& accelerator, const LayerDescription& layer,
                   std::span<const std::uint8_t> payload);

// Layers in the order of execution. Tensors that are no layers (biases, norms) are under 1 % and not counted;
// nor are products of activations by activations, which have no weights. A tensor stored as float32 or
// float16 needs no decoder. Throws DataError when the container lacks a layer's tensor, holds it in another
// shape or by its own type.
HardwareCost simulate(const Accelerator& accelerator, const GrainReader& container,
                      const std::vector<LayerDescription>& layers);

// Every weight a plain float32.
HardwareCost simulate_dense(const Accelerator& accelerator, const std::vector<LayerDescription>& layers);

CostBaselines simulate_baselines(const Accelerator& accelerator, const GrainReader& container,
                                 const std::vector<LayerDescription>& layers);

}  // namespace adagrain
