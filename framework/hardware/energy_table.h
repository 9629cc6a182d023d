// Energy of the events inside an accelerator, by a file of framework/hardware/energy/: each constant with
// value, unit and source, all of one technology node. Memories are CACTI's, unless the table states a ratio
// of its own for buffers; DRAM is a chip of its own, and the preset's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/hardware/constants.h"

namespace adagrain {

struct EnergyTable {
  std::string name;
  std::uint64_t node_nm = 0;       // of the logic
  std::uint64_t sram_node_nm = 0;  // of the memories; another one than the logic's only as the file says
  double mac_8bit_pj = 0;          // a product and the addition to a 32-bit sum
  double mac_16bit_pj = 0;
  double gate_pj = 0;               // a gate equivalent of an active unit in one cycle
  double buffer_pj_per_bit = 0;     // in place of CACTI's for weights and activations; 0: CACTI's
  std::vector<Constant> constants;  // as they are stated

  // Of operands of so many bits. Throws ConfigError: 8 and 16 are in the tables.
  double mac_pj(std::uint64_t operand_bits) const;
};

// Throws ConfigError that lists the known tables.
EnergyTable load_energy_table(const std::string& name);
std::vector<std::string> energy_tables();

}  // namespace adagrain
