#include "framework/search/accuracy_monitor.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/core/interrupt.h"

namespace adagrain {

namespace {

// A pressure is found to within this: finer differences change few candidates of any policy's plans.
constexpr double kPressureTolerance = 1.0 / 256;
// Moves up before all layers become lossless at once: each of them is priced.
constexpr std::size_t kLongestClimb = 64;

// Predictions are off by a factor: a climb aims below what they say, further below after each failure, for
// without a plan inside the budget all layers end lossless.
constexpr double kFirstAim = 0.7, kNextAim = 0.4;

// The first stride of a descent: one move for every four layers, about as large a share of the file as one
// move is in a network of four.
constexpr std::int64_t kLayersPerFirstMove = 4;

bool missed_narrowly(const MonitorOptions& options, const Outcome& outcome) {
  return judged_drop_points(options, outcome) <= options.max_drop_points + outcome.drop_error_points();
}

}  // namespace

double judged_drop_points(const MonitorOptions& options, const Outcome& outcome) {
  return outcome.drop_points() + options.standard_errors * outcome.drop_error_points();
}

bool keeps_budget(const MonitorOptions& options, const Outcome& outcome) {
  // Accuracies are counts over a thousand or more images; the margin only absorbs the division.
  return judged_drop_points(options, outcome) <= options.max_drop_points + 1e-9;
}

bool better(const MonitorOptions& options, const Outcome& outcome, const Outcome& than) {
  const bool inside = keeps_budget(options, outcome);
  if (inside != keeps_budget(options, than)) return inside;
  return inside ? outcome.file_bytes < than.file_bytes
                : judged_drop_points(options, outcome) < judged_drop_points(options, than);
}

const char* action_name(MonitorAction action) {
  switch (action) {
    case MonitorAction::pressure:
      return "pressure";
    case MonitorAction::back_off:
      return "back_off";
    case MonitorAction::tighten:
      return "tighten";
  }
  throw InternalError("monitor action outside its enumeration");
}

AccuracyMonitor::AccuracyMonitor(const MonitorOptions& options, MonitorCallbacks callbacks)
    : options_(options), callbacks_(std::move(callbacks)) {
  require<ConfigError>(options.max_evaluations >= 2,
                       "accuracy monitor: max_evaluations is {}; allowed from 2", options.max_evaluations);
}

bool AccuracyMonitor::try_plan(const Plan& plan, MonitorStep step) {
  stop_if_interrupted("the best plan so far is on disk");
  step.outcome = callbacks_.evaluate(plan);
  ++best_.evaluations;
  last_ = step.outcome;
  step.kept = !any_ || better(options_, step.outcome, best_.outcome);
  if (step.kept) {
    any_ = true;
    best_.plan = plan;
    best_.outcome = step.outcome;
    best_.within_budget = keeps_budget(options_, step.outcome);
    best_.pressure = step.pressure;
    callbacks_.on_best(plan, step.outcome);
  }
  callbacks_.on_step(step);
  return keeps_budget(options_, step.outcome);
}

void AccuracyMonitor::bisect_pressure(const PlanOfPressure& plan_of) {
  double low = 0, high = 1;  // low keeps the budget, high does not: assumed until measured
  std::optional<Plan> low_plan, high_plan;
  const int share =
      std::max(1, std::min((2 * options_.max_evaluations + 2) / 3, options_.max_evaluations - 2));
  while (best_.evaluations < share && high - low > kPressureTolerance) {
    const double pressure = (low + high) / 2;
    const Plan plan = plan_of(pressure);
    // Pressure moves in steps of the candidate table; a plan already judged needs no second look.
    if (low_plan == plan) {
      low = pressure;
    } else if (high_plan == plan) {
      high = pressure;
    } else {
      MonitorStep step;
      step.pressure = pressure;
      const bool inside = try_plan(plan, step);
      (inside ? low : high) = pressure;
      (inside ? low_plan : high_plan) = plan;
      if (!inside && missed_narrowly(options_, last_) &&
          (!narrow_miss_ || last_.file_bytes < narrow_miss_->outcome.file_bytes)) {
        narrow_miss_ = {plan, last_, pressure};
      }
    }
  }
  // The last evaluation is the climb's.
  if (!best_.within_budget && best_.evaluations + 1 < options_.max_evaluations) {
    const Plan careful = plan_of(0);
    if (high_plan != careful) try_plan(careful, {});
  }
}

LayerPrice AccuracyMonitor::predicted(const Plan& plan) const {
  LayerPrice sum;
  for (const auto& [layer, candidate] : plan.layers) {
    const LayerPrice price = callbacks_.price(layer, candidate);
    sum.bytes += price.bytes;
    sum.error += price.error;
  }
  return sum;
}

std::vector<AccuracyMonitor::MovedPlan> AccuracyMonitor::plans_above(Plan plan) const {
  std::vector<MovedPlan> plans;
  const auto number = [&] { return static_cast<std::int64_t>(plans.size()) + 1; };
  const std::uint64_t best_bytes = best_.within_budget ? predicted(best_.plan).bytes : 0;
  while (plans.size() < kLongestClimb) {
    const std::optional<Move> move = best_move_up(plan, callbacks_.price);
    if (!move) break;
    plan = apply(plan, *move);
    const LayerPrice price = predicted(plan);
    if (best_.within_budget && price.bytes >= best_bytes) return plans;
    plans.push_back({plan, move, number(), price.error});
  }
  const Plan lossless = all_lossless(plan);
  if (!best_.within_budget && plan != lossless) plans.push_back({lossless, {}, number(), 0});
  return plans;
}

void AccuracyMonitor::climb(const Judged& from, int evaluations) {
  const std::vector<MovedPlan> plans = plans_above(from.plan);
  // The drop is taken to fall in a straight line with the predicted error, between the last plan known to be
  // over the budget and the first one inside, of which nothing is known at first but that no error is no
  // drop.
  struct Point {
    double error, drop_points;
  };
  Point over = {predicted(from.plan).error, judged_drop_points(options_, from.outcome)}, inside = {0, 0};
  double aim = kFirstAim;
  std::size_t low = 0, high = plans.size();  // the plans that are worth trying
  while (low < high && best_.evaluations < evaluations) {
    const double share =
        (options_.max_drop_points - inside.drop_points) / (over.drop_points - inside.drop_points);
    const double wanted = aim * (inside.error + share * (over.error - inside.error));
    std::size_t at = low;
    while (at + 1 < high && plans[at].error > wanted) ++at;
    if (!best_.within_budget && best_.evaluations + 1 == evaluations) at = plans.size() - 1;
    const bool within = try_plan(
        plans[at].plan, {MonitorAction::back_off, from.pressure, plans[at].move, plans[at].moves, {}, false});
    const Point judged = {plans[at].error, judged_drop_points(options_, last_)};
    if (within) {
      high = at;
      inside = judged;
      aim = 1;
    } else {
      low = at + 1;
      over = judged;
      if (!best_.within_budget) aim *= kNextAim;
    }
  }
}

AccuracyMonitor::MovedPlan AccuracyMonitor::plan_below(const Plan& plan, std::int64_t moves,
                                                       const std::set<std::string>& locked) const {
  MovedPlan below{plan, {}, 0, 0};
  while (below.moves < moves) {
    const std::optional<Move> move = best_move_down(below.plan, callbacks_.price, locked);
    if (!move) break;
    below.plan = apply(below.plan, *move);
    below.move = move;
    ++below.moves;
  }
  return below;
}

void AccuracyMonitor::descend() {
  std::set<std::string> locked;
  auto stride = static_cast<std::int64_t>(best_.plan.layers.size()) / kLayersPerFirstMove;
  bool refused = false;
  while (best_.within_budget && best_.evaluations < options_.max_evaluations) {
    stride = std::max<std::int64_t>(1, stride);
    const MovedPlan below = plan_below(best_.plan, stride, locked);
    if (below.moves == 0) return;
    const bool within =
        try_plan(below.plan, {MonitorAction::tighten, best_.pressure, below.move, below.moves, {}, false});
    const bool kept = within && best_.plan == below.plan;  // within, and smaller indeed
    refused = refused || !kept;
    if (!kept && below.moves == 1) locked.insert(below.move->layer);
    stride = refused ? below.moves / 2 : 2 * below.moves;
  }
}

MonitorResult AccuracyMonitor::search(const PlanOfPressure& plan_of) {
  best_ = {};
  any_ = false;
  narrow_miss_.reset();
  bisect_pressure(plan_of);
  if (!best_.within_budget) {
    climb({best_.plan, best_.outcome, best_.pressure}, options_.max_evaluations);
  } else if (narrow_miss_ && narrow_miss_->outcome.file_bytes < best_.outcome.file_bytes) {
    climb(*narrow_miss_, (best_.evaluations + options_.max_evaluations) / 2);  // half of what is left
  }
  descend();
  return best_;
}

Plan AccuracyMonitor::judge(const Plan& plan, const Outcome& outcome) const {
  std::optional<Move> move;
  if (outcome.drop_points() > options_.max_drop_points) {
    move = best_move_up(plan, callbacks_.price);
  } else if (judged_drop_points(options_, outcome) < options_.max_drop_points / 2) {
    move = best_move_down(plan, callbacks_.price, {});
  }
  return move ? apply(plan, *move) : plan;
}

}  // namespace adagrain
