#include "framework/hardware/pipeline.h"

#include <algorithm>
#include <vector>

#include "framework/core/error.h"

namespace adagrain {

namespace {

constexpr auto kDecode = static_cast<std::size_t>(PipelineStage::decode),
               kCompute = static_cast<std::size_t>(PipelineStage::compute);

// A stage of a chunk, and when it was finished.
struct Event {
  std::size_t chunk = 0, stage = 0;
  std::uint64_t end = 0;
};

class Pipeline {
 public:
  explicit Pipeline(std::span<const PipelineChunk> chunks) : chunks_(chunks), end_(chunks.size()) {
    for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
      tile_of_.push_back(last_chunk_.size());
      if (chunks[chunk].ends_tile) last_chunk_.push_back(chunk);
    }
    ensure(chunks.back().ends_tile, "pipeline: the last of {} chunks does not end its tile", chunks.size());
  }

  PipelineTime run() {
    PipelineTime time;
    for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
      for (std::size_t stage = 0; stage < kStages; ++stage) {
        time.busy[stage] += chunks_[chunk].cycles[stage];
        if (stage >= kCompute && !chunks_[chunk].ends_tile) continue;
        end_[chunk][stage] = longest_wait(chunk, stage).end + chunks_[chunk].cycles[stage];
      }
    }
    time.cycles = end_.back().back();
    // Backwards along what was waited for; a wait for nothing is the beginning.
    for (Event at{chunks_.size() - 1, kStages - 1, time.cycles}; at.end > 0;) {
      time.critical[at.stage] += chunks_[at.chunk].cycles[at.stage];
      at = longest_wait(at.chunk, at.stage);
    }
    time.bound = static_cast<PipelineStage>(std::max_element(time.critical.begin(), time.critical.end()) -
                                            time.critical.begin());
    return time;
  }

 private:
  Event longest_wait(std::size_t chunk, std::size_t stage) const {
    Event wait{chunk, stage, 0};
    const auto consider = [&](std::size_t c, std::size_t s) {
      if (end_[c][s] > wait.end) wait = {c, s, end_[c][s]};
    };
    const std::size_t tile = tile_of_[chunk];
    if (stage > 0) consider(chunk, stage - 1);
    if (stage < kCompute) {
      if (chunk > 0) consider(chunk - 1, stage);
    } else {
      if (tile > 0) consider(last_chunk_[tile - 1], stage);
    }
    if (stage < kDecode) {
      if (chunk > 1) consider(chunk - 2, stage + 1);
    } else if (stage + 1 < kStages) {
      if (tile > 1) consider(last_chunk_[tile - 2], stage + 1);
    }
    return wait;
  }

  std::span<const PipelineChunk> chunks_;
  std::vector<StageCycles> end_;         // [chunk]; where it does not end its tile, up to decoding
  std::vector<std::size_t> tile_of_;     // [chunk]
  std::vector<std::size_t> last_chunk_;  // [tile]
};

}  // namespace

std::string stage_name(PipelineStage stage) {
  static const std::array<std::string, kStages> names = {"dram", "metadata", "decode", "compute", "drain"};
  return names[static_cast<std::size_t>(stage)];
}

PipelineTime run_pipeline(std::span<const PipelineChunk> chunks) {
  if (chunks.empty()) return {};
  return Pipeline(chunks).run();
}

}  // namespace adagrain
