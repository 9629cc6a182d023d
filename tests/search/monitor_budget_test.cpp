// How the monitor spends its evaluations, in a world of sixteen layers known in closed form.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/search/accuracy_monitor.h"

namespace adagrain {
namespace {

constexpr int kLayers = 16;

double bits_of(const Candidate& candidate) {
  return candidate.parameters.at("bits");
}

double error_of(const Plan& plan) {
  double error = 0;
  for (const auto& [layer, candidate] : plan.layers)
    if (candidate.has("quantize")) error += std::exp2(-2 * bits_of(candidate));
  return error;
}

// One number of bits for every layer: `most` at pressure 0 and `most` - 7 at pressure 1, in any fraction, so
// that no two pressures give the same plan.
PlanOfPressure any_bits(double most) {
  return [most](double pressure) {
    Plan plan;
    for (int layer = 0; layer < kLayers; ++layer) {
      Candidate& candidate = plan.layers["layer" + std::to_string(layer)];
      candidate = {"layer", {"quantize", "ans"}, {{"bits", most - 7 * pressure}}};
    }
    return plan;
  };
}

struct Search {
  // Accuracy falls by `drop_points` of a plan.
  Search(const MonitorOptions& options, const PlanOfPressure& plan_of,
         const std::function<double(const Plan&)>& drop_points) {
    MonitorCallbacks callbacks;
    callbacks.evaluate = [&](const Plan& plan) {
      Outcome outcome;
      outcome.float32_bytes = 3200 * kLayers;
      outcome.reference_accuracy = 0.9;
      outcome.accuracy = 0.9 - drop_points(plan) / 100;
      outcome.drop_error = 0.001;
      for (const auto& [layer, candidate] : plan.layers) outcome.file_bytes += price(candidate).bytes;
      return outcome;
    };
    callbacks.price = [&](const std::string&, const Candidate& candidate) { return price(candidate); };
    callbacks.on_step = [&](const MonitorStep& step) { steps.push_back(step); };
    callbacks.on_best = [](const Plan&, const Outcome&) {};
    result = AccuracyMonitor(options, callbacks).search(plan_of);
  }

  static LayerPrice price(const Candidate& candidate) {
    if (!candidate.has("quantize")) return {3200, 0};
    const std::uint64_t side = candidate.granularity == "layer" ? 0 : 50;
    return {static_cast<std::uint64_t>(100 * bits_of(candidate)) + side, std::exp2(-2 * bits_of(candidate))};
  }

  std::int64_t count(MonitorAction action) const {
    return std::count_if(steps.begin(), steps.end(),
                         [&](const MonitorStep& step) { return step.action == action; });
  }

  std::vector<MonitorStep> steps;
  MonitorResult result;
};

// Two thirds, rounded up, but for the two evaluations that a climb or a descent needs.
TEST(MonitorBudget, TwoThirdsOfTheEvaluationsAreBisections) {
  for (const auto& [evaluations, bisections] : std::map<int, std::int64_t>{
           {2, 1}, {3, 1}, {4, 2}, {5, 3}, {6, 4}, {7, 5}, {9, 6}, {10, 7}, {12, 8}}) {
    const Search search({0.5, evaluations}, any_bits(8), [](const Plan& plan) { return 8 * error_of(plan); });
    EXPECT_EQ(search.count(MonitorAction::pressure), bisections) << "of " << evaluations;
    EXPECT_EQ(search.result.evaluations, evaluations);
  }
}

// Only the plan of no pressure at all is inside, at 8 bits and 16 * 4^-8 of error.
TEST(MonitorBudget, TheMostCarefulPlanIsTriedWhereBisectionFoundNone) {
  const double careful = kLayers * std::exp2(-16);
  for (const int evaluations : {3, 4, 5, 6, 9}) {
    const Search search({0.5, evaluations}, any_bits(8),
                        [&](const Plan& plan) { return error_of(plan) <= careful ? 0.4 : 40; });
    EXPECT_TRUE(search.result.within_budget);
    EXPECT_EQ(search.result.pressure, 0);
    EXPECT_EQ(search.count(MonitorAction::back_off), 0) << "no climb was needed";
    EXPECT_EQ(bits_of(search.result.plan.layers.begin()->second), 8);
  }
}

TEST(MonitorBudget, TheResultSaysThePressureItsPlanBeganFrom) {
  // 0.5 points at 4 bits: pressure 4 / 7, found from below.
  const Search search({0.5, 20}, any_bits(8), [](const Plan& plan) { return 8 * error_of(plan); });
  ASSERT_TRUE(search.result.within_budget);
  double last_kept = 0;
  for (const MonitorStep& step : search.steps) {
    if (step.action == MonitorAction::pressure && step.kept) last_kept = step.pressure;
    if (step.action == MonitorAction::tighten) {
      EXPECT_EQ(step.pressure, last_kept) << "moves say where they began";
    }
  }
  EXPECT_GT(last_kept, 0.5);
  EXPECT_LE(last_kept, 4.0 / 7);
  EXPECT_EQ(search.result.pressure, last_kept);
}

// Of 16 * 4^-2 of error; the drop falls with the fourth root, far slower than in a straight line, so that
// what predictions say is never enough: each failure must ask for more than the line says.
TEST(MonitorBudget, AClimbAimsLowerAfterEachFailure) {
  const auto drop = [](double error) { return 8 * std::pow(error, 0.25); };
  const double budget = 3.4;
  const Search search({budget, 20}, any_bits(2), [&](const Plan& plan) { return drop(error_of(plan)); });
  std::vector<double> aims;
  double over = -1;
  for (const MonitorStep& step : search.steps) {
    const double points = step.outcome.drop_points();
    const double error = std::pow(points / 8, 4);
    if (step.action == MonitorAction::back_off) {
      // The line from the last failure to no error and no drop.
      aims.push_back(error / (budget / drop(over) * over));
      if (points <= budget) break;
    }
    if (step.action == MonitorAction::back_off || step.pressure == 0) over = error;
  }
  ASSERT_GE(aims.size(), 2u);
  double most = 0.7;
  for (const double aim : aims) {
    EXPECT_LE(aim, most * 1.001);
    EXPECT_GT(aim, most * 0.6) << "of the plans that are low enough the first is tried";
    most *= 0.4;
  }
  EXPECT_TRUE(search.result.within_budget);
  EXPECT_TRUE(search.result.plan.layers.begin()->second.has("quantize")) << "lossless is the last resort";
}

// At 4.5 bits everywhere a plan misses by half a standard error, and so does whatever lies above it;
// bisection ends at 6.25 bits, 28 rungs higher. Eight of twelve evaluations are spent by then.
TEST(MonitorBudget, ASecondChanceTakesHalfOfWhatIsLeft) {
  const Search search({0.5, 12}, any_bits(8), [](const Plan& plan) {
    const double bits = bits_of(plan.layers.begin()->second);
    const bool uniform = std::all_of(plan.layers.begin(), plan.layers.end(),
                                     [&](const auto& layer) { return bits_of(layer.second) == bits; });
    if (uniform) return bits >= 6.25 ? 0.4 : bits == 4.5 ? 0.55 : 40.0;
    return 0.55;
  });
  EXPECT_TRUE(search.result.within_budget);
  EXPECT_EQ(search.count(MonitorAction::pressure), 8);
  EXPECT_EQ(search.count(MonitorAction::back_off), 2);
  EXPECT_EQ(search.result.evaluations, 12);
}

// Whatever is lossy loses a little too much, so that predictions always promise the next rungs to be enough.
TEST(MonitorBudget, TheLastEvaluationIsForLosslessLayersWhereNothingElseKeptTheBudget) {
  for (const int evaluations : {2, 3, 4, 5, 7, 12}) {
    const Search search({0.5, evaluations}, any_bits(8),
                        [](const Plan& plan) { return error_of(plan) > 0 ? 0.7 : 0.0; });
    EXPECT_TRUE(search.result.within_budget) << "of " << evaluations;
    EXPECT_EQ(error_of(search.result.plan), 0);
  }
}

// Every bit less is predicted to cost nearly nothing in layer 0, where it costs all.
TEST(MonitorBudget, ALayerWhoseSingleRungIsRefusedStaysWhereItIs) {
  const Search search({0.5, 40}, any_bits(8), [](const Plan& plan) {
    const double bits = bits_of(plan.layers.at("layer0"));
    return bits < 8 ? 40 : 8 * error_of(plan);
  });
  EXPECT_TRUE(search.result.within_budget);
  EXPECT_EQ(bits_of(search.result.plan.layers.at("layer0")), 8);
  EXPECT_LT(search.result.outcome.file_bytes, 800u * kLayers - 2000) << "the others went on";
}

}  // namespace
}  // namespace adagrain
