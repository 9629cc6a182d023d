#include "framework/hardware/machine_model.h"

#include "framework/core/error.h"

namespace adagrain {

namespace {

// Histories of six bytes, six contexts of up to 512 scales and neighbourhoods a node: 60 to 95 KB.
constexpr std::uint64_t kHistoryBytes = 98304;

}  // namespace

MachineModel::MachineModel(const Accelerator& machine)
    : accelerator(machine), dram(Dram::load(machine.dram)), gates(load_unit_gates()) {
  const std::uint64_t node = machine.energy.sram_node_nm;
  streams = sram(node, machine.stream_buffer_bytes);
  weights = sram(node, machine.weight_buffer_bytes);
  activations = sram(node, machine.activation_buffer_bytes);
  metadata = sram(node, machine.metadata_bytes);
  tables = sram(node, machine.table_memory_bytes / machine.static_lanes);
  histories = sram(node, kHistoryBytes);
  leakage_mw = streams.leakage_mw + weights.leakage_mw + activations.leakage_mw + metadata.leakage_mw +
               static_cast<double>(machine.static_lanes) * tables.leakage_mw +
               static_cast<double>(machine.adaptive_units) * histories.leakage_mw;
  dram_scale = machine.dram_pj_per_bit / dram.burst_cost({}).pj_per_bit;
}

double MachineModel::buffer_read_pj(const Sram& buffer) const {
  const double stated = accelerator.energy.buffer_pj_per_bit;
  return stated > 0 ? stated : buffer.read_pj_per_bit;
}

double MachineModel::buffer_write_pj(const Sram& buffer) const {
  const double stated = accelerator.energy.buffer_pj_per_bit;
  return stated > 0 ? stated : buffer.write_pj_per_bit;
}

std::uint64_t MachineModel::units(StreamKind kind) const {
  switch (kind) {
    case StreamKind::fixed_width:
      return accelerator.unpackers;
    case StreamKind::table:
      return accelerator.static_lanes;
    case StreamKind::interleaved:
      return accelerator.rows;
    case StreamKind::adaptive:
      return accelerator.adaptive_units;
  }
  throw InternalError("unknown kind of stream");
}

}  // namespace adagrain
