// What one inference costs on an accelerator, layer by layer and component by component.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/hardware/pipeline.h"

namespace adagrain {

// Energy of one inference of a layer, pJ. The total is the sum of the parts in this order, so it is exact.
struct EnergyParts {
  double dram_weights = 0, dram_metadata = 0, dram_activations = 0;
  double buffers = 0;   // of streams, weights and activations
  double metadata = 0;  // memory of metadata and instructions
  double decode = 0;    // decoders, their tables, dequantisers
  double compute = 0;
  double leakage = 0;  // of the memories, over the layer's cycles

  double total() const {
    return dram_weights + dram_metadata + dram_activations + buffers + metadata + decode + compute + leakage;
  }
};

// Busy share of a layer's cycles, 0 to 1. The array's is products over what it could multiply; that of the
// decoders is of all units of the kinds that the layer uses.
struct Utilisation {
  double array = 0, decoders = 0, dram = 0, metadata_port = 0;
};

struct LayerCost {
  std::string layer;
  std::uint64_t cycles = 0;
  double energy_pj = 0;              // energy.total()
  std::uint64_t off_chip_bytes = 0;  // weights as stored, fetched again or not, and activations
  std::uint64_t metadata_bytes = 0;  // the part of the stored weights that is not coded data
  // The unit that the layer waits for most: "dram", "metadata", "array", "drain", or of decoding the kind of
  // unit, for example "adaptive decoder".
  std::string bound;

  std::uint64_t macs = 0;
  std::uint64_t weight_passes = 1;  // times that weights are fetched and decoded
  StageCycles stage_cycles{};       // busy, of each stage
  Utilisation utilisation;
  EnergyParts energy;
  std::uint64_t instruction_words = 0;  // of 32 bits, of the program
  std::uint64_t decoded_symbols = 0, binary_decisions = 0, table_entries = 0, starved_cycles = 0;
};

struct HardwareCost {
  std::string hardware;           // the accelerator's name
  std::vector<LayerCost> layers;  // in order of execution

  std::uint64_t cycles() const;
  double energy_pj() const;
  std::uint64_t off_chip_bytes() const;
  std::uint64_t metadata_bytes() const;
  EnergyParts energy() const;
};

// What the stored network is compared with, all on the same pipeline:
//   dense      every weight a plain float32
//   bit_width  levels in fixed width, free decoding, no metadata
//   density    8-bit weights times the share that is not zero, in traffic and in products: what models expect
//              that know densities and nothing of streams
//   ideal      the entropy of each layer's levels, free decoding, no metadata
struct CostBaselines {
  HardwareCost dense, bit_width, density, ideal;
};

}  // namespace adagrain
