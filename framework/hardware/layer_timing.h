// From the work of a layer's tiles to its cycles and energy.
#pragma once

#include <cstdint>
#include <vector>

#include "framework/hardware/hardware_cost.h"
#include "framework/hardware/machine_model.h"
#include "framework/hardware/mapping.h"

namespace adagrain {

// What a tile asks of the stages before the array.
struct TileWork {
  std::uint64_t stream_bytes = 0;    // coded weights, out of DRAM
  std::uint64_t metadata_bytes = 0;  // out of DRAM
  std::uint64_t metadata_cycles = 0, decode_cycles = 0;
  std::uint64_t setup_cycles = 0;  // of the metadata stage, before the first weight
  std::uint64_t build_cycles = 0;  // of the decoders, before the first symbol
};

struct LayerWork {
  LayerMapping mapping;
  std::vector<TileWork> tiles;  // in the order of execution, those of every pass
  std::uint64_t streams = 1;    // that are read in turn
  bool backward = false;
  double density = 1;      // share of products that are executed
  double decode_pj = 0;    // of decoders and dequantisers
  double metadata_pj = 0;  // of the memory of metadata and instructions
};

// `bound` says "decode" where decoding binds: which unit is for the caller to say. Bytes: those of the tiles
// and of activations.
//
// The weights of a tile go through DRAM, metadata and decoders in chunks: eight at least, and none larger
// than half of the stream buffer.
//
// DRAM carries one thing at a time: the outputs of a tile are written while the stream of the next one is
// read, those of the last one when it has left the array. Each kind of transfer is rounded up to bursts over
// the whole layer, for prefetching goes on from tile to tile.
LayerCost cost_layer(const MachineModel& machine, const LayerDescription& layer, const LayerWork& work);

}  // namespace adagrain
