// An accelerator made ready to be counted with: its DRAM, the energies of its memories, the gates of its
// units.
#pragma once

#include <cstdint>

#include "framework/hardware/accelerator.h"
#include "framework/hardware/memory/dram.h"
#include "framework/hardware/memory/sram.h"
#include "framework/hardware/stored_layer.h"
#include "framework/hardware/unit_gates.h"

namespace adagrain {

struct MachineModel {
  // `accelerator` must outlive it.
  explicit MachineModel(const Accelerator& accelerator);

  const Accelerator& accelerator;
  Dram dram;
  double dram_scale = 1;  // the preset's energy a bit over DRAMsim3's, of one sequential stream
  Sram streams, weights, activations, metadata;
  Sram tables;     // a lane's share of the table memory
  Sram histories;  // of an adaptive unit
  UnitGates gates;
  double leakage_mw = 0;  // of all memories

  double buffer_read_pj(const Sram& buffer) const;   // a bit
  double buffer_write_pj(const Sram& buffer) const;  // a bit
  // Units of a kind.
  std::uint64_t units(StreamKind kind) const;
};

}  // namespace adagrain
