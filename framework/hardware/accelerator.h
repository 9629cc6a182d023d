// An accelerator: an array of multipliers, decoders between DRAM and the weight buffer, memories. Described
// by framework/hardware/presets/<name>.yaml, whose every constant has value, unit and source.
//
//   DRAM -> stream buffer -> decoders -> dequantisers -> weight buffer -> array -> activation buffer -> DRAM
//                            metadata memory (instructions, steps, masks, groups) drives them
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/hardware/arrays/systolic_mapping.h"
#include "framework/hardware/constants.h"
#include "framework/hardware/energy_table.h"

namespace adagrain {

struct Accelerator {
  std::string name;  // preset or file name, with the overrides: what results call it

  std::uint64_t node_nm = 0;
  double clock_mhz = 0;

  // The array. Weights have the width of activations once they are dequantised.
  std::uint64_t array_rows = 0, array_columns = 0;
  std::uint64_t activation_bits = 0, partial_sum_bits = 0;
  Dataflow dataflow = Dataflow::weight_stationary;

  // Decoders of each kind; a stream keeps to one of them.
  std::uint64_t static_lanes = 0;
  std::uint64_t comparators = 0;  // tables of so few symbols need no table memory
  std::uint64_t unpackers = 0;
  std::uint64_t rows = 0;  // of eight lanes, for interleaved streams
  std::uint64_t adaptive_units = 0;
  std::uint64_t decision_cycles = 0;  // of a binary decision of the adaptive coder
  std::uint64_t prior_writes = 0;     // a cycle, when an adaptive stream begins
  std::uint64_t table_memory_bytes = 0, table_banks = 0;
  std::uint64_t table_writes = 0;     // entries a cycle
  std::uint64_t division_cycles = 0;  // for a frequency of a table that is described by a few parameters
  std::uint64_t dequantised = 0;      // weights a cycle
  std::uint64_t stream_buffer_bytes = 0, stream_port_bits = 0;

  std::uint64_t metadata_bytes = 0, metadata_port_bits = 0;
  std::uint64_t issue_words = 0;  // of instructions, a cycle

  std::uint64_t weight_buffer_bytes = 0, activation_buffer_bytes = 0;
  std::uint64_t buffer_port_bits = 0;

  std::string dram;                 // a memory of dramsim3_streams.csv
  bool streams_share_bank = false;  // whether streams that are read in turn lie in different rows of one bank
  double dram_pj_per_bit = 0;       // of one sequential stream; others in DRAMsim3's proportion

  EnergyTable energy;
  std::vector<Constant> constants;  // all of them, for reports

  ArrayShape array() const { return {array_rows, array_columns}; }
};

// `name`: a preset, or a path that ends in .yaml, a relative one below the project's folder; then, after a
// colon, what is other than in it, separated by commas:
//
//   eyeriss_like          edge_npu:os          my_chip.yaml:ws,decode.static_lanes=32,dram.energy=16
//
// A word alone is the dataflow. A file may name a preset as `base` and state only what differs. Throws
// ConfigError with the place, what was given and what is allowed: an unknown preset or key, a constant
// without source, an energy table of another node, table memories that hold nothing.
Accelerator load_accelerator(const std::string& name);

std::vector<std::string> accelerator_presets();
// The preset's YAML, whose values, units and sources belong beside the results.
std::string accelerator_text(const std::string& name);

}  // namespace adagrain
