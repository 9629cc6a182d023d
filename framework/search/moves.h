// The moves of a search from candidate to candidate: up while accuracy suffers, down where there is room.
//
// Up: the next finer granularity where the chain has levels, what each transform calls one step finer
// (Transform::neighbours: more bits or a smaller step, more survivors), and lossless. Down: the same
// reversed, without lossless: what has become lossless stays so. Of all layers' moves the one is taken that
// gains most predicted error (PriceFunction) per measured byte; lossless, the dearest, is seldom that before
// the end.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/search/priced_candidate.h"

namespace adagrain {

// The candidates one move away: granularity first, then transforms from the last to the first; every one
// passes check_candidate where `candidate` does.
std::vector<Candidate> moves_up(const Candidate& candidate);
std::vector<Candidate> moves_down(const Candidate& candidate);

struct Move {
  std::string layer;
  Candidate before, after;
};

Plan apply(Plan plan, const Move& move);

// Where moves up end: every lossy layer by lossless_candidate.
Plan all_lossless(Plan plan);

// The move up that removes most error per added byte; none when every layer is lossless.
std::optional<Move> best_move_up(const Plan& plan, const PriceFunction& price);

// The move down that saves most bytes per added error, outside the `locked` layers; none when nothing saves
// bytes.
std::optional<Move> best_move_down(const Plan& plan, const PriceFunction& price,
                                   const std::set<std::string>& locked);

}  // namespace adagrain
