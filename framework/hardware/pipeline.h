// A layer through the stages of an accelerator, in whole cycles.
//
// DRAM, metadata and decoders work on chunks of a tile, array and drain on whole tiles. Between two stages
// lies a buffer for two: a stage may begin once the stage before has finished, once it has itself finished
// what came before, and once the stage behind has freed the buffer, that is finished the one two before:
//
//   begin[t][s] = max(end[t][s - 1], end[t - 1][s], end[t - 2][s + 1])      end[t][s] = begin[t][s] +
//   cycles[t][s]
//
// with t a chunk, or a tile from the weight buffer on: decoders wait for the array to have finished the tile
// two before, the array for the last chunk of its tile. Not a sum of maxima: a slow stage of one tile hides
// behind a fast one of another as far as the buffers let it. Time and memory grow with the number of chunks
// alone.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace adagrain {

enum class PipelineStage : std::uint8_t { dram, metadata, decode, compute, drain };
constexpr std::size_t kStages = 5;
std::string stage_name(PipelineStage stage);

using StageCycles = std::array<std::uint64_t, kStages>;

struct PipelineChunk {
  StageCycles cycles{};  // of compute and drain in the last chunk of a tile alone
  bool ends_tile = true;
};

struct PipelineTime {
  std::uint64_t cycles = 0;  // until the last stage has finished the last tile
  StageCycles busy{};        // of each stage, all chunks together
  // Cycles of each stage on the path that nothing could shorten; they add up to `cycles`.
  StageCycles critical{};
  // The stage that the critical path spends most in: what a faster layer needs first.
  PipelineStage bound = PipelineStage::dram;
};

// The last chunk ends a tile.
PipelineTime run_pipeline(std::span<const PipelineChunk> chunks);

}  // namespace adagrain
