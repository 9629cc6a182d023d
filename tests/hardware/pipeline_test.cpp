#include "framework/hardware/pipeline.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "framework/core/random.h"

namespace adagrain {
namespace {

// Tiles of one chunk each.
PipelineTime run_tiles(const std::vector<StageCycles>& tiles) {
  std::vector<PipelineChunk> chunks;
  for (const StageCycles& cycles : tiles) chunks.push_back({cycles, true});
  return run_pipeline(chunks);
}

std::uint64_t sum(const StageCycles& cycles) {
  return std::accumulate(cycles.begin(), cycles.end(), std::uint64_t{0});
}

TEST(Pipeline, NoTilesTakeNoTime) {
  EXPECT_EQ(run_pipeline({}).cycles, 0u);
}

TEST(Pipeline, OneTileGoesThroughAllStages) {
  const std::vector<StageCycles> tiles = {{7, 1, 5, 11, 2}};
  EXPECT_EQ(run_tiles(tiles).cycles, 26u);
  EXPECT_EQ(run_tiles(tiles).bound, PipelineStage::compute);
}

// Equal tiles: the first one fills the pipeline, every other one takes what the slowest stage takes.
TEST(Pipeline, EqualTilesTakeTheSlowestStageEach) {
  for (std::size_t slowest = 0; slowest < kStages; ++slowest) {
    StageCycles tile{3, 2, 4, 3, 1};
    tile[slowest] = 10;
    const std::vector<StageCycles> tiles(50, tile);
    const PipelineTime time = run_tiles(tiles);
    EXPECT_EQ(time.cycles, sum(tile) + 49 * 10);
    EXPECT_EQ(static_cast<std::size_t>(time.bound), slowest);
    EXPECT_EQ(time.busy[slowest], 500u);
  }
}

// Two buffers: while the array is busy with tile 0, DRAM brings tiles 1 and 2 and must then wait.
TEST(Pipeline, ABufferForTwoTilesHoldsAFastStageBack) {
  const std::vector<StageCycles> tiles = {
      {1, 0, 0, 100, 0}, {1, 0, 0, 1, 0}, {1, 0, 0, 1, 0}, {50, 0, 0, 1, 0}};
  // Stages of no cycles between DRAM and array each hold two tiles: all four are there when tile 0 is done.
  EXPECT_EQ(run_tiles(tiles).cycles, 104u);
  const std::vector<StageCycles> near = {
      {1, 100, 0, 0, 0}, {1, 1, 0, 0, 0}, {1, 1, 0, 0, 0}, {50, 1, 0, 0, 0}};
  // Tile 2 may begin when tile 0 has left the stage behind, in cycle 101, and tile 3 after tile 1, in 102.
  EXPECT_EQ(run_tiles(near).cycles, 102u + 50 + 1);
}

// No other order of events: the recurrence written down for each stage by itself.
TEST(Pipeline, IsTheRecurrence) {
  RandomStream random(1, "pipeline");
  std::vector<StageCycles> tiles(200);
  for (StageCycles& tile : tiles)
    for (std::uint64_t& cycles : tile) cycles = static_cast<std::uint64_t>(20 * random.uniform());
  std::vector<std::array<std::uint64_t, kStages>> end(tiles.size());
  for (std::size_t t = 0; t < tiles.size(); ++t) {
    for (std::size_t s = 0; s < kStages; ++s) {
      std::uint64_t begin = 0;
      if (s > 0) begin = std::max(begin, end[t][s - 1]);
      if (t > 0) begin = std::max(begin, end[t - 1][s]);
      if (t > 1 && s + 1 < kStages) begin = std::max(begin, end[t - 2][s + 1]);
      end[t][s] = begin + tiles[t][s];
    }
  }
  const PipelineTime time = run_tiles(tiles);
  EXPECT_EQ(time.cycles, end.back().back());
  EXPECT_EQ(sum(time.critical), time.cycles);
  for (std::size_t s = 0; s < kStages; ++s) EXPECT_GE(time.cycles, time.busy[s]);
}

// Chunks of a tile overlap up to the weight buffer; the array begins when the last of them is there.
TEST(Pipeline, DecodersBeginOnTheFirstChunkAndTheArrayAfterTheLast) {
  const std::vector<PipelineChunk> chunks = {
      {{10, 0, 10, 0, 0}, false}, {{10, 0, 10, 0, 0}, false}, {{10, 0, 10, 7, 3}, true}};
  EXPECT_EQ(run_pipeline(chunks).cycles, 10u + 3 * 10 + 7 + 3);
}

// Decoders fill the other half of the weight buffer while the array works, and then wait for it.
TEST(Pipeline, DecodersWaitForTheTileTwoBefore) {
  std::vector<PipelineChunk> chunks;
  for (int tile = 0; tile < 4; ++tile) {
    chunks.push_back({{0, 0, 5, 0, 0}, false});
    chunks.push_back({{0, 0, 5, 100, 0}, true});
  }
  EXPECT_EQ(run_pipeline(chunks).cycles, 10u + 4 * 100);
  EXPECT_EQ(run_pipeline(chunks).critical[static_cast<std::size_t>(PipelineStage::compute)], 400u);
}

}  // namespace
}  // namespace adagrain
