// Tiles of a layer through the stages of an accelerator, in whole cycles.
//
// Between two stages lies a buffer for two tiles: a stage may begin a tile once the stage before has finished
// it, once it has itself finished the tile before, and once the stage behind has freed the buffer, that is
// finished the tile two before:
//
//   begin[t][s] = max(end[t][s - 1], end[t - 1][s], end[t - 2][s + 1])      end[t][s] = begin[t][s] +
//   cycles[t][s]
//
// Not a sum of maxima: a slow stage of one tile hides behind a fast one of another as far as two buffers let
// it. Time and memory grow with the number of tiles alone.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace adagrain {

enum class Stage : std::uint8_t { dram, metadata, decode, compute, drain };
constexpr std::size_t kStages = 5;
std::string stage_name(Stage stage);

using StageCycles = std::array<std::uint64_t, kStages>;

struct PipelineTime {
  std::uint64_t cycles = 0;  // until the last stage has finished the last tile
  StageCycles busy{};        // of each stage, all tiles together
  // Cycles of each stage on the path of tiles that nothing could shorten; they add up to `cycles`.
  StageCycles critical{};
  // The stage that the critical path spends most in: what a faster layer needs first.
  Stage bound = Stage::dram;
};

PipelineTime run_pipeline(std::span<const StageCycles> tiles);

}  // namespace adagrain
