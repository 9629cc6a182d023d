// Simulated cost of one inference relative to the float32 network, at the budget nearest 0.5 points: cycles,
// energy, off-chip traffic. One drawing per hardware preset.
#include <algorithm>
#include <cmath>

#include "framework/report/figure.h"
#include "framework/report/grouped_bars.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

// A cost under the same name in both rows.
template <typename Value>
BarPanel relative_panel(const RunSummary& summary, const std::vector<ReferenceRow>& references,
                        const std::string& what, Value RunRow::*member, Value ReferenceRow::*dense) {
  BarPanel panel{"", what + " / float32", {}};
  for (const std::string& network : summary.networks) {
    for (const std::string& policy : summary.policies) {
      const TrialGroup* group = summary.find(network, policy, summary.middle_budget());
      if (group == nullptr) continue;
      const RunRow& run = group->seeds.front();
      const auto reference = std::find_if(references.begin(), references.end(), [&](const ReferenceRow& row) {
        return row.network == run.network && row.dataset == run.dataset && row.hardware == run.hardware;
      });
      if (reference == references.end() || (*reference).*dense <= 0) continue;
      Spread cost = group->of(member);
      cost.mean /= static_cast<double>((*reference).*dense);
      cost.deviation /= static_cast<double>((*reference).*dense);
      panel.values.push_back({network, policy, cost, !group->within_budget()});
    }
  }
  return panel;
}

// Dense arrays that wait for no weights take as many cycles whatever the weights take.
bool as_float32(const BarPanel& panel) {
  return std::all_of(panel.values.begin(), panel.values.end(), [](const auto& bar) {
    return std::abs(bar.value.mean - 1) < 0.001 && bar.value.deviation < 0.001;
  });
}

class Hardware : public Figure {
 public:
  std::string table() const override { return ReferenceRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const std::vector<RunRow> rows = read_rows<RunRow>(results);
    const std::vector<ReferenceRow> references = read_rows<ReferenceRow>(results);
    if (rows.empty()) return {};
    std::vector<Drawing> drawings;
    for (const std::string& preset : summarise(rows).hardware) {
      const RunSummary summary = summarise(rows, preset);
      GroupedBars bars{
          .name = "hardware_" + file_name_of(preset),
          .title = fmt::format("Simulated cost of one inference on {} at a budget of {} points", preset,
                               summary.middle_budget()),
          .groups = summary.networks,
          .bars = summary.policies,
          .panels = {relative_panel(summary, references, "cycles", &RunRow::cycles, &ReferenceRow::cycles),
                     relative_panel(summary, references, "energy", &RunRow::energy_pj,
                                    &ReferenceRow::energy_pj),
                     relative_panel(summary, references, "traffic", &RunRow::off_chip_bytes,
                                    &ReferenceRow::off_chip_bytes)},
          .mark = "over budget"};
      std::string title = preset + ", budget " + points_text(summary.middle_budget());
      if (bars.panels[0].values.empty()) continue;
      if (as_float32(bars.panels[0])) {
        bars.panels.erase(bars.panels.begin());
        title += "; cycles as with float32";
      }
      bars.panels[0].title = title;
      drawings.push_back(draw_grouped_bars(bars));
    }
    return drawings;
  }
};

const bool registered =
    Registry<Figure>::add("hardware", "simulated cycles, energy and traffic of the policies",
                          [] { return std::make_unique<Hardware>(); });

}  // namespace

}  // namespace adagrain
