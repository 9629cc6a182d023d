#include "framework/hardware/machine_area.h"

#include <map>

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"
#include "framework/hardware/machine_model.h"

namespace adagrain {

namespace {

constexpr std::uint64_t kFullAdderGates = 5, kSumBits = 32, kScatterPlaces = 8;

double gate_um2(std::uint64_t node_nm) {
  static const std::map<std::uint64_t, double> sizes = {{65, 1.44}, {45, 0.8}, {40, 0.7}};
  const auto found = sizes.find(node_nm);
  require<ConfigError>(found != sizes.end(), "no area of a gate is known at {} nm; at 65, 45 and 40 nm it is",
                       node_nm);
  return found->second;
}

}  // namespace

MachineArea machine_area(const Accelerator& accelerator) {
  const MachineModel machine(accelerator);
  const UnitGates& gates = machine.gates;
  MachineArea area;
  area.gate_um2 = gate_um2(accelerator.node_nm);
  const std::uint64_t adders = accelerator.activation_bits * accelerator.activation_bits + kSumBits;
  area.array_gates = accelerator.array_rows * accelerator.array_columns * adders * kFullAdderGates;
  for (const StreamKind kind :
       {StreamKind::fixed_width, StreamKind::table, StreamKind::interleaved, StreamKind::adaptive})
    area.decoder_gates += machine.units(kind) * gates.decoder[static_cast<std::size_t>(kind)];
  if (accelerator.comparators > 0) area.decoder_gates += accelerator.static_lanes * gates.comparator_table;
  area.decoder_gates += accelerator.dequantised * gates.dequantizer +
                        divide_up(accelerator.dequantised, kScatterPlaces) * gates.mask_scatter +
                        gates.metadata_fetch;
  area.buffers_mm2 = machine.streams.area_mm2 + machine.weights.area_mm2 + machine.activations.area_mm2 +
                     machine.metadata.area_mm2;
  area.decoder_memory_mm2 = static_cast<double>(accelerator.static_lanes) * machine.tables.area_mm2 +
                            static_cast<double>(accelerator.adaptive_units) * machine.histories.area_mm2;
  return area;
}

}  // namespace adagrain
