// Holds a budget on accuracy. Every judgement is of the decoded file on validation data.
//
// Post-training: the largest pressure at which the policy's plan stays within the budget is found by
// bisection; from there moves (moves.h) back off while the drop is too large and tighten where there is room.
// Two thirds of the evaluations go to the bisection, the rest to moves. A drop is a count of few images: a
// plan that missed the budget by less than a standard error, and is smaller than what bisection ended at, has
// a second chance a few moves above itself. Fine-tuning calls `judge` after each epoch.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "framework/search/moves.h"
#include "framework/search/outcome.h"

namespace adagrain {

struct MonitorOptions {
  double max_drop_points = 0.5;  // validation accuracy, percentage points
  int max_evaluations = 20;      // decoded files judged, >= 2
  // So many standard errors are added to a drop before it is judged: 0 takes the estimate itself, 1 an upper
  // bound with 84 % confidence, 1.64 one with 95 %. A search keeps what looks good on these images, by luck
  // too, and without a margin its plans drop more on others.
  double standard_errors = 0;
};

// What the budget limits, percentage points.
double judged_drop_points(const MonitorOptions& options, const Outcome& outcome);
bool keeps_budget(const MonitorOptions& options, const Outcome& outcome);
// Within the budget the smaller file wins, outside it the smaller judged drop; within beats outside.
bool better(const MonitorOptions& options, const Outcome& outcome, const Outcome& than);

enum class MonitorAction { pressure, back_off, tighten };
const char* action_name(MonitorAction action);

struct MonitorStep {
  MonitorAction action = MonitorAction::pressure;
  double pressure = 0;
  std::optional<Move> move;  // the last of `moves`
  std::int64_t moves = 0;    // from the best plan, or from the one that the climb began at
  Outcome outcome;
  bool kept = false;  // it became the best so far
};

// The plan that a policy makes of a pressure, 0 (careful) to 1 (small).
using PlanOfPressure = std::function<Plan(double pressure)>;

struct MonitorCallbacks {
  std::function<Outcome(const Plan&)> evaluate;  // encode, write, decode, run
  PriceFunction price;
  std::function<void(const MonitorStep&)> on_step;           // one row of the log
  std::function<void(const Plan&, const Outcome&)> on_best;  // the best plan so far is worth a file
};

struct MonitorResult {
  Plan plan;
  Outcome outcome;      // on validation data
  double pressure = 0;  // of the policy's plan that this one began from
  int evaluations = 0;
  bool within_budget = false;  // false: not even lossless layers keep it, and this plan is the closest
};

class AccuracyMonitor {
 public:
  AccuracyMonitor(const MonitorOptions& options, MonitorCallbacks callbacks);

  MonitorResult search(const PlanOfPressure& plan_of);

  // During training: the next plan after an epoch whose decoded file had `outcome`. Backs off when the
  // drop itself is over budget, tightens when the judged one is within half of it, else stays: between the
  // two, an epoch's noise alone decides.
  Plan judge(const Plan& plan, const Outcome& outcome) const;

 private:
  // Judges a plan and logs it; true when it keeps the budget.
  bool try_plan(const Plan& plan, MonitorStep step);
  void bisect_pressure(const PlanOfPressure& plan_of);
  // A plan of the policy's, as it was judged.
  struct Judged {
    Plan plan;
    Outcome outcome;
    double pressure = 0;
  };
  LayerPrice predicted(const Plan& plan) const;  // sum over layers
  // A plan some moves away, and the move that led to it; none when it is all lossless at once.
  struct MovedPlan {
    Plan plan;
    std::optional<Move> move;
    std::int64_t moves;  // to here
    double error;        // predicted
  };
  // Up to lossless while nothing keeps the budget, else as far as they are smaller than the best plan.
  std::vector<MovedPlan> plans_above(Plan plan) const;
  // Looks for the first plan above a refused one that keeps the budget, where predictions say it should be,
  // within so many evaluations in all. While nothing keeps the budget, the last one is the lossless end's.
  void climb(const Judged& from, int evaluations);
  // So many moves down, or as many as there are.
  MovedPlan plan_below(const Plan& plan, std::int64_t moves, const std::set<std::string>& locked) const;
  // From the best plan, while it keeps the budget: twice as many moves at a time until a plan is refused,
  // from then on half as many down to single ones; a layer whose single move is refused stays where it is.
  void descend();

  MonitorOptions options_;
  MonitorCallbacks callbacks_;
  MonitorResult best_;
  std::optional<Judged> narrow_miss_;  // the smallest plan refused by less than a standard error
  Outcome last_;                       // of the latest plan judged
  bool any_ = false;
};

}  // namespace adagrain
