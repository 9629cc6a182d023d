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
class AnyBits : public Policy {
 public:
  explicit AnyBits(double most) : most_(most) {}
  void configure(const Config&) override {}
  void prepare(const PolicyInput&) override {}
  Plan plan(const PolicyInput&, double pressure) override {
    Plan plan;
    for (int layer = 0; layer < kLayers; ++layer) {
      Candidate& candidate = plan.layers["layer" + std::to_string(layer)];
      candidate = {"layer", {"quantize", "ans"}, {{"bits", most_ - 7 * pressure}}};
    }
    return plan;
  }

 private:
  double most_;
};

struct Search {
  // `drop_points` of the summed error.
  Search(const MonitorOptions& options, AnyBits policy, const std::function<double(double)>& drop_points) {
    MonitorCallbacks callbacks;
    callbacks.evaluate = [&](const Plan& plan) {
      Outcome outcome;
      outcome.float32_bytes = 3200 * kLayers;
      outcome.reference_accuracy = 0.9;
      outcome.accuracy = 0.9 - drop_points(error_of(plan)) / 100;
      for (const auto& [layer, candidate] : plan.layers) outcome.file_bytes += price(candidate).bytes;
      return outcome;
    };
    callbacks.price = [&](const std::string&, const Candidate& candidate) { return price(candidate); };
    callbacks.on_step = [&](const MonitorStep& step) { steps.push_back(step); };
    callbacks.on_best = [](const Plan&, const Outcome&) {};
    const ModelProfile profile;
    const CandidateTable table;
    result = AccuracyMonitor(options, callbacks).search(policy, {profile, table, callbacks.evaluate, 0});
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
    const Search search({0.5, evaluations}, AnyBits(8), [](double error) { return 8 * error; });
    EXPECT_EQ(search.count(MonitorAction::pressure), bisections) << "of " << evaluations;
    EXPECT_EQ(search.result.evaluations, evaluations);
  }
}

// Only the plan of no pressure at all is inside, at 8 bits and 16 * 4^-8 of error.
TEST(MonitorBudget, TheMostCarefulPlanIsTriedWhereBisectionFoundNone) {
  const double careful = kLayers * std::exp2(-16);
  for (const int evaluations : {3, 4, 5, 6, 9}) {
    const Search search({0.5, evaluations}, AnyBits(8),
                        [&](double error) { return error <= careful ? 0.4 : 40; });
    EXPECT_TRUE(search.result.within_budget);
    EXPECT_EQ(search.result.pressure, 0);
    EXPECT_EQ(search.count(MonitorAction::back_off), 0) << "no climb was needed";
    EXPECT_EQ(bits_of(search.result.plan.layers.begin()->second), 8);
  }
}

TEST(MonitorBudget, TheResultSaysThePressureItsPlanBeganFrom) {
  // 0.5 points at 4 bits: pressure 4 / 7, found from below.
  const Search search({0.5, 20}, AnyBits(8), [](double error) { return 8 * error; });
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
  const Search search({budget, 20}, AnyBits(2), drop);
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
    EXPECT_GT(aim, most * 0.6) << "of the rungs that are low enough the first is tried";
    most *= 0.4;
  }
  EXPECT_TRUE(search.result.within_budget);
  EXPECT_TRUE(search.result.plan.layers.begin()->second.has("quantize")) << "lossless is the last resort";
}

}  // namespace
}  // namespace adagrain
