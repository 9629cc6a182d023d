// What running the stored container costs on an accelerator.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/container/grain_file.h"
#include "framework/core/tensor.h"

namespace adagrain {

struct LayerCost {
  std::string layer;
  std::uint64_t cycles = 0;
  double energy_pj = 0;
  std::uint64_t off_chip_bytes = 0;  // weights as stored + activations in and out
  std::uint64_t metadata_bytes = 0;  // the part of the stored weights that is not coded data
  std::string bound;                 // the resource that limits the layer: compute, dram
};

struct HardwareCost {
  std::string preset;
  std::vector<LayerCost> layers;  // in order of execution
  std::uint64_t cycles() const;
  double energy_pj() const;
  std::uint64_t off_chip_bytes() const;
  std::uint64_t metadata_bytes() const;
};

class HardwareModel {
 public:
  static constexpr const char* kind = "hardware model";
  virtual ~HardwareModel() = default;

  // One inference of one input. Throws DataError when the container lacks a layer's tensor.
  virtual HardwareCost cost(const GrainReader& container,
                            const std::vector<LayerDescription>& layers) const = 0;
};

// Reads framework/hardware/presets/<name>.yaml, whose key `model` names a registered HardwareModel. Throws
// ConfigError that lists the known presets.
std::unique_ptr<HardwareModel> load_hardware_preset(const std::string& name);
std::vector<std::string> hardware_presets();

}  // namespace adagrain
