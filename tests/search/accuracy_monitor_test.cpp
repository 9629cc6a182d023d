#include "framework/search/accuracy_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace adagrain {
namespace {

// A world of two layers where accuracy falls with missing bits, known in closed form.
class FakeWorld {
 public:
  explicit FakeWorld(double points_per_error, double unavoidable_points = 0)
      : points_per_error_(points_per_error), unavoidable_points_(unavoidable_points) {}

  LayerPrice price(const std::string& layer, const Candidate& candidate) const {
    if (!candidate.has("quantize")) return {3200, 0};
    const double bits = candidate.parameters.at("bits");
    // Finer granularity helps nothing here and costs bytes.
    const std::uint64_t side = candidate.granularity == "layer" ? 0 : 50;
    return {static_cast<std::uint64_t>(100 * bits) + side,
            (layer == "tender" ? 16.0 : 1.0) * std::exp2(-2 * bits)};
  }

  Outcome evaluate(const Plan& plan) {
    ++evaluations;
    Outcome outcome;
    outcome.float32_bytes = 6400;
    outcome.reference_accuracy = 0.9;
    double error = 0;
    for (const auto& [layer, candidate] : plan.layers) {
      outcome.file_bytes += price(layer, candidate).bytes;
      error += price(layer, candidate).error;
    }
    outcome.accuracy = 0.9 - (points_per_error_ * error + unavoidable_points_) / 100;
    if (unlucky_plan == plan) outcome.accuracy -= unlucky_points / 100;
    outcome.drop_error = 0.001;
    return outcome;
  }

  int evaluations = 0;
  std::optional<Plan> unlucky_plan;  // loses more than its error says
  double unlucky_points = 0;

 private:
  double points_per_error_, unavoidable_points_;
};

// The same bits for both layers, 8 at pressure 0 and 1 at pressure 1, but never more than `most`.
PlanOfPressure uniform_bits(double most = 8) {
  return [most](double pressure) {
    Candidate candidate = parse_candidate("layer/quantize+ans bits=8");
    candidate.parameters["bits"] = std::min(most, std::round(8 - 7 * pressure));
    Plan plan;
    plan.layers["tender"] = plan.layers["tough"] = candidate;
    return plan;
  };
}

struct Search {
  explicit Search(double points_per_error, MonitorOptions options, double unavoidable_points = 0,
                  double most_bits = 8)
      : world(points_per_error, unavoidable_points) {
    run(options, uniform_bits(most_bits));
  }
  Search(
      double points_per_error, MonitorOptions options, const PlanOfPressure& plan_of,
      const std::function<void(FakeWorld&)>& prepare = [](FakeWorld&) {})
      : world(points_per_error) {
    prepare(world);
    run(options, plan_of);
  }

  void run(const MonitorOptions& options, const PlanOfPressure& plan_of) {
    MonitorCallbacks callbacks;
    callbacks.evaluate = [this](const Plan& plan) { return world.evaluate(plan); };
    callbacks.price = [this](const std::string& layer, const Candidate& c) { return world.price(layer, c); };
    callbacks.on_step = [this](const MonitorStep& step) { steps.push_back(step); };
    callbacks.on_best = [this](const Plan& plan, const Outcome& outcome) {
      best_plan = plan;
      best_outcome = outcome;
    };
    result = AccuracyMonitor(options, callbacks).search(plan_of);
  }

  FakeWorld world;
  std::vector<MonitorStep> steps;
  Plan best_plan;
  Outcome best_outcome;
  MonitorResult result;
};

double bits_of(const Plan& plan, const std::string& layer) {
  return plan.layers.at(layer).parameters.at("bits");
}

TEST(AccuracyMonitor, SpendsBitsWhereTheyCount) {
  // Drop = 10 * (16 * 4^-b_tender + 4^-b_tough) <= 0.5 points: by hand the cheapest are 5 and 3 bits, or 4
  // and 4.
  const Search search(10, {0.79, 30});
  EXPECT_TRUE(search.result.within_budget);
  EXPECT_LE(search.result.outcome.drop_points(), 0.79);
  EXPECT_LE(bits_of(search.result.plan, "tough"), bits_of(search.result.plan, "tender"));
  EXPECT_EQ(search.result.outcome.file_bytes, 700u);
}

TEST(AccuracyMonitor, AMarginOfStandardErrorsIsPartOfTheBudget) {
  const Search plain(10, {0.79, 30}), with_margin(10, {0.79, 30, 1}), wider(10, {0.99, 30, 2});
  EXPECT_GT(with_margin.result.outcome.file_bytes, plain.result.outcome.file_bytes);
  EXPECT_LE(with_margin.result.outcome.drop_points(), 0.69);
  EXPECT_EQ(wider.result.plan, plain.result.plan);  // 2 x 0.1 points wider, 2 x 0.1 points of margin
}

// Sixteen layers of 8 bits whatever the pressure.
Plan careful_plan(double /*pressure*/) {
  Plan plan;
  for (int layer = 0; layer < 16; ++layer) {
    plan.layers["tough" + std::to_string(layer)] = parse_candidate("layer/quantize+ans bits=8");
  }
  return plan;
}

TEST(AccuracyMonitor, DescendsInStridesThatDoubleUntilRefusedAndHalveFromThen) {
  // Sixteen errors of 4^-4 lose 0.5 points: the budget is 64 moves below the plan, of the 112 there are.
  const Search search(8, {0.5, 20}, careful_plan);
  std::vector<std::int64_t> strides;
  for (const MonitorStep& step : search.steps) {
    if (step.action == MonitorAction::tighten) strides.push_back(step.kept ? step.moves : -step.moves);
  }
  ASSERT_GE(strides.size(), 9u);
  strides.resize(9);
  EXPECT_EQ(strides, (std::vector<std::int64_t>{4, 8, 16, 32, -52, -26, -13, -6, 3}));
  EXPECT_TRUE(search.result.within_budget);
  EXPECT_EQ(search.result.outcome.file_bytes, 16u * 400);
}

TEST(AccuracyMonitor, GivesANarrowMissASecondChanceAFewMovesAboveIt) {
  // 5 bits lose 0.17 points and 6 bits 0.04; at 5 bits the images are unlucky by another 0.4.
  Plan unlucky;
  unlucky.layers["tender"] = unlucky.layers["tough"] = parse_candidate("layer/quantize+ans bits=5");
  const auto chances = [&](double points) {
    const Search search(10, {0.5, 8}, uniform_bits(), [&](FakeWorld& world) {
      world.unlucky_plan = unlucky;
      world.unlucky_points = points;
    });
    EXPECT_TRUE(search.result.within_budget);
    return std::count_if(search.steps.begin(), search.steps.end(), [](const MonitorStep& step) {
      return step.action == MonitorAction::back_off && step.pressure == 0.5 && step.kept;
    });
  };
  EXPECT_EQ(chances(0.4), 1);   // 0.57 points: 0.07 over the budget, a standard error is 0.1
  EXPECT_EQ(chances(0.5), 0);   // 0.67
  EXPECT_EQ(chances(-0.1), 0);  // inside
}

TEST(AccuracyMonitor, CountsAndLimitsEvaluations) {
  const Search search(10, {0.5, 6});
  EXPECT_LE(search.result.evaluations, 6);
  EXPECT_EQ(search.result.evaluations, search.world.evaluations);
  EXPECT_EQ(static_cast<int>(search.steps.size()), search.result.evaluations);
}

TEST(AccuracyMonitor, ReportsTheBestPlanAsSoonAsItIsFound) {
  const Search search(10, {0.5, 20});
  EXPECT_EQ(search.best_plan, search.result.plan);
  EXPECT_EQ(search.best_outcome.file_bytes, search.result.outcome.file_bytes);
}

TEST(AccuracyMonitor, BacksOffToLosslessWhenThePolicyIsNotCarefulEnough) {
  // Even 8 bits everywhere lose 10 points: only lossless layers keep the budget.
  const Search search(4e4, {0.01, 40});
  EXPECT_TRUE(search.result.within_budget);
  EXPECT_EQ(search.result.plan.layers.at("tender"), parse_candidate("layer/ans"));
  EXPECT_EQ(search.result.plan.layers.at("tough"), parse_candidate("layer/ans"));
}

TEST(AccuracyMonitor, KeepsWhatLosslessLayersKeepHoweverFewEvaluationsThereAre) {
  for (const int evaluations : {2, 3, 4, 5, 12}) {
    const Search search(4e4, {0.01, evaluations});
    EXPECT_TRUE(search.result.within_budget) << evaluations;
    EXPECT_LE(search.result.evaluations, evaluations);
  }
}

TEST(AccuracyMonitor, ClimbsPastMovesThatDoNotHelp) {
  // 8 bits lose 2.6 points: one layer has to become lossless, the tender one, after moves that do not help.
  const Search search(1e4, {1, 12});
  EXPECT_TRUE(search.result.within_budget);
  EXPECT_EQ(search.result.plan.layers.at("tender"), parse_candidate("layer/ans"));
  EXPECT_TRUE(search.result.plan.layers.at("tough").has("quantize"));
}

// The policy has at most 2 bits for each layer, an error of 17/16. Where that is little too much one bit more
// for the tender layer is enough (500 bytes); where it is far too much, 6 and 4 bits are (1,000), of two
// dozen moves. Three evaluations are left for either.
TEST(AccuracyMonitor, ClimbsToWherePredictionsSayTheBudgetIs) {
  const Search near(0.64, {0.5, 4}, 0, 2), far(60, {0.5, 4}, 0, 2);
  EXPECT_TRUE(near.result.within_budget);
  EXPECT_LE(near.result.outcome.file_bytes, 500u);
  EXPECT_TRUE(far.result.within_budget);
  EXPECT_LE(far.result.outcome.file_bytes, 1200u);
  EXPECT_TRUE(far.result.plan.layers.at("tender").has("quantize"));
}

TEST(AccuracyMonitor, ReturnsTheClosestWhenTheBudgetIsUnreachable) {
  const Search search(4e4, {0.01, 8}, 0.5);
  EXPECT_FALSE(search.result.within_budget);
  EXPECT_NEAR(search.result.outcome.drop_points(), 0.5, 1e-9);  // of lossless layers
  for (const MonitorStep& step : search.steps) {
    EXPECT_GE(step.outcome.drop_points(), search.result.outcome.drop_points());
  }
}

TEST(AccuracyMonitor, JudgesAnEpochByBackingOffStayingOrTightening) {
  FakeWorld world(10);
  MonitorCallbacks callbacks;
  callbacks.price = [&](const std::string& layer, const Candidate& c) { return world.price(layer, c); };
  const AccuracyMonitor monitor({1.0, 10}, callbacks);
  Plan plan;
  plan.layers["tender"] = plan.layers["tough"] = parse_candidate("layer/quantize+ans bits=4");
  Outcome outcome;
  outcome.reference_accuracy = 0.9;
  outcome.accuracy = 0.88;
  EXPECT_EQ(bits_of(monitor.judge(plan, outcome), "tender"), 5);
  outcome.accuracy = 0.893;
  EXPECT_EQ(monitor.judge(plan, outcome), plan);
  const AccuracyMonitor with_margin({1.0, 10, 2}, callbacks);
  outcome.drop_error = 0.003;
  outcome.accuracy = 0.891;  // 0.9 +- 0.3 points: over the budget by its margin alone
  EXPECT_EQ(with_margin.judge(plan, outcome), plan);
  outcome.accuracy = 0.889;
  EXPECT_EQ(bits_of(with_margin.judge(plan, outcome), "tender"), 5);
  outcome.drop_error = 0;
  outcome.accuracy = 0.899;
  EXPECT_EQ(bits_of(monitor.judge(plan, outcome), "tough"), 3);
}

}  // namespace
}  // namespace adagrain
