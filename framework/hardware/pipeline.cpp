#include "framework/hardware/pipeline.h"

#include <algorithm>
#include <vector>

namespace adagrain {

namespace {

using StageTimes = std::array<std::uint64_t, kStages>;

// What a stage of a tile waited for longest.
struct Wait {
  std::size_t tile = 0, stage = 0;
  std::uint64_t until = 0;
};

Wait longest_wait(const std::vector<StageTimes>& end, std::size_t tile, std::size_t stage) {
  Wait wait{tile, stage, 0};
  const auto consider = [&](std::size_t t, std::size_t s) {
    if (end[t][s] > wait.until) wait = {t, s, end[t][s]};
  };
  if (stage > 0) consider(tile, stage - 1);
  if (tile > 0) consider(tile - 1, stage);
  if (tile > 1 && stage + 1 < kStages) consider(tile - 2, stage + 1);
  return wait;
}

}  // namespace

std::string stage_name(Stage stage) {
  static const std::array<std::string, kStages> names = {"dram", "metadata", "decode", "compute", "drain"};
  return names[static_cast<std::size_t>(stage)];
}

PipelineTime run_pipeline(std::span<const StageCycles> tiles) {
  PipelineTime time;
  if (tiles.empty()) return time;
  std::vector<StageTimes> end(tiles.size());
  for (std::size_t tile = 0; tile < tiles.size(); ++tile) {
    for (std::size_t stage = 0; stage < kStages; ++stage) {
      end[tile][stage] = longest_wait(end, tile, stage).until + tiles[tile][stage];
      time.busy[stage] += tiles[tile][stage];
    }
  }
  time.cycles = end.back().back();
  // Backwards along what was waited for; a wait for nothing is the beginning.
  for (Wait at{tiles.size() - 1, kStages - 1, time.cycles}; at.until > 0;) {
    time.critical[at.stage] += tiles[at.tile][at.stage];
    at = longest_wait(end, at.tile, at.stage);
  }
  time.bound = static_cast<Stage>(std::max_element(time.critical.begin(), time.critical.end()) -
                                  time.critical.begin());
  return time;
}

}  // namespace adagrain
