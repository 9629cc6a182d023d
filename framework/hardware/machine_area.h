// The area of an accelerator: gates of its units and its memories.
#pragma once

#include <cstdint>

#include "framework/hardware/accelerator.h"

namespace adagrain {

struct MachineArea {
  std::uint64_t array_gates = 0;    // multipliers and adders, without their registers
  std::uint64_t decoder_gates = 0;  // decoders, dequantisers, mask scatter, metadata fetch
  double buffers_mm2 = 0;           // of weights, activations, streams, metadata
  double decoder_memory_mm2 = 0;    // of tables and histories
  double gate_um2 = 0;              // of a NAND2 at the accelerator's node

  double array_mm2() const { return 1e-6 * gate_um2 * static_cast<double>(array_gates); }
  double decoder_mm2() const {
    return 1e-6 * gate_um2 * static_cast<double>(decoder_gates) + decoder_memory_mm2;
  }
  double total_mm2() const { return array_mm2() + decoder_mm2() + buffers_mm2; }
};

// A NAND2 is 1.44 um2 at 65 nm, 0.8 at 45 and 0.7 at 40; a multiplier of n bits n^2 full adders, the sum 32
// more, of five NAND2 each. Before layout: no wires. Throws ConfigError at another node.
MachineArea machine_area(const Accelerator& accelerator);

}  // namespace adagrain
