// What running the stored container costs on an accelerator.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "framework/container/grain_file.h"
#include "framework/core/config.h"
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

  // Reads the preset's keys; called once before anything else. `name` is what results call the preset;
  // `variant` is what follows the colon in it, empty when nothing does. Throws ConfigError.
  virtual void configure(const std::string& name, const std::string& variant, const Config& preset) = 0;

  // One inference of one input. Throws DataError when the container lacks a layer's tensor or holds it in
  // another shape.
  virtual HardwareCost cost(const GrainReader& container,
                            const std::vector<LayerDescription>& layers) const = 0;

  // The same layers on the same hardware with every weight stored as plain float32: what to compare with.
  virtual HardwareCost dense_cost(const std::vector<LayerDescription>& layers) const = 0;
};

// Reads framework/hardware/presets/<preset>.yaml, whose key `model` names a registered HardwareModel. `name`
// is "<preset>" or "<preset>:<variant>", for example "eyeriss_like:os"; "<file>.yaml" and
// "<file>.yaml:<variant>" read one's own, a relative file below the project's folder. Throws ConfigError that
// lists the known presets.
std::unique_ptr<HardwareModel> load_hardware_preset(const std::string& name);
std::vector<std::string> hardware_presets();
// The preset's YAML, whose values, units and sources belong beside the results.
std::string hardware_preset_text(const std::string& name);

}  // namespace adagrain
