// The ladder a plan climbs when accuracy suffers and descends when there is room.
//
// Up: finer granularity (layer or element -> feature_map -> block), more bits (or a step smaller by a quarter
// octave), less pruning (a quarter more survivors), and lossless. Down is the same ladder reversed, without
// the lossless rung: what has become lossless stays so. Of all layers' rungs the one is taken that gains most
// predicted error (PriceFunction) per measured byte; lossless, the dearest, is seldom that before the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "framework/compression/plan.h"

namespace adagrain {

// The rungs next to a candidate, in ladder order; every one passes check_candidate.
std::vector<Candidate> rungs_up(const Candidate& candidate);
std::vector<Candidate> rungs_down(const Candidate& candidate);

struct LayerPrice {
  std::uint64_t bytes = 0;  // exact payload
  double error = 0;  // predicted loss increase, nats; any scale that is the same for all layers will do
};

// Measures one candidate on one layer's weights (by its weight's name).
using PriceFunction = std::function<LayerPrice(const std::string& layer, const Candidate& candidate)>;

struct Move {
  std::string layer;
  Candidate before, after;
};

Plan apply(Plan plan, const Move& move);

// The end of the ladder.
Plan all_lossless(Plan plan);

// The move up that removes most error per added byte; none when every layer is lossless.
std::optional<Move> best_move_up(const Plan& plan, const PriceFunction& price);

// The move down that saves most bytes per added error, outside the `locked` layers; none when nothing saves
// bytes.
std::optional<Move> best_move_down(const Plan& plan, const PriceFunction& price,
                                   const std::set<std::string>& locked);

}  // namespace adagrain
