// Simulated cost of one inference relative to a baseline policy, at the budget nearest 0.5 points: cycles,
// energy, off-chip traffic. One drawing per hardware preset.
#include "framework/report/figure.h"
#include "framework/report/grouped_bars.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

// An experiment that includes one of these says what its costs should be compared with.
std::string baseline_of(const RunSummary& summary) {
  for (const char* name : {"float32", "dense", "uniform"})
    if (summary.policy_index(name) < summary.policies.size()) return name;
  return summary.policies.front();
}

template <typename Member>
BarPanel relative_panel(const RunSummary& summary, const std::string& what, Member member) {
  const std::string baseline = baseline_of(summary);
  BarPanel panel{"", what + " / " + baseline, {}};
  for (const std::string& network : summary.networks) {
    const TrialGroup* reference = summary.find(network, baseline, summary.middle_budget());
    if (reference == nullptr || reference->of(member).mean <= 0) continue;
    for (const std::string& policy : summary.policies) {
      const TrialGroup* group = summary.find(network, policy, summary.middle_budget());
      if (group == nullptr) continue;
      Spread cost = group->of(member);
      cost.mean /= reference->of(member).mean;
      cost.deviation /= reference->of(member).mean;
      panel.values.push_back({network, policy, cost, !group->within_budget()});
    }
  }
  return panel;
}

class Hardware : public Figure {
 public:
  std::string table() const override { return RunRow::path; }

  std::vector<Drawing> draw(const ResultsFile& results) const override {
    const std::vector<RunRow> rows = read_rows<RunRow>(results);
    if (rows.empty()) return {};
    std::vector<Drawing> drawings;
    for (const std::string& preset : summarise(rows).hardware) {
      const RunSummary summary = summarise(rows, preset);
      GroupedBars bars{.name = "hardware_" + file_name_of(preset),
                       .title = fmt::format("Simulated cost of one inference on {} at a budget of {} points",
                                            preset, summary.middle_budget()),
                       .groups = summary.networks,
                       .bars = summary.policies,
                       .panels = {relative_panel(summary, "cycles", &RunRow::cycles),
                                  relative_panel(summary, "energy", &RunRow::energy_pj),
                                  relative_panel(summary, "traffic", &RunRow::off_chip_bytes)},
                       .mark = "over budget"};
      bars.panels[0].title = preset + ", budget " + points_text(summary.middle_budget());
      if (!bars.panels[0].values.empty()) drawings.push_back(draw_grouped_bars(bars));
    }
    return drawings;
  }
};

const bool registered =
    Registry<Figure>::add("hardware", "simulated cycles, energy and traffic of the policies",
                          [] { return std::make_unique<Hardware>(); });

}  // namespace

}  // namespace adagrain
