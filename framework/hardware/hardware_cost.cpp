#include "framework/hardware/hardware_cost.h"

#include <functional>
#include <numeric>

namespace adagrain {

namespace {

template <typename T>
T sum(const std::vector<LayerCost>& layers, T LayerCost::*part) {
  return std::transform_reduce(layers.begin(), layers.end(), T{}, std::plus<>{}, std::mem_fn(part));
}

}  // namespace

std::uint64_t HardwareCost::cycles() const {
  return sum(layers, &LayerCost::cycles);
}

double HardwareCost::energy_pj() const {
  return sum(layers, &LayerCost::energy_pj);
}

std::uint64_t HardwareCost::off_chip_bytes() const {
  return sum(layers, &LayerCost::off_chip_bytes);
}

std::uint64_t HardwareCost::metadata_bytes() const {
  return sum(layers, &LayerCost::metadata_bytes);
}

EnergyParts HardwareCost::energy() const {
  EnergyParts all;
  for (const LayerCost& layer : layers) {
    all.dram_weights += layer.energy.dram_weights;
    all.dram_metadata += layer.energy.dram_metadata;
    all.dram_activations += layer.energy.dram_activations;
    all.buffers += layer.energy.buffers;
    all.metadata += layer.energy.metadata;
    all.decode += layer.energy.decode;
    all.compute += layer.energy.compute;
    all.leakage += layer.energy.leakage;
  }
  return all;
}

}  // namespace adagrain
