// Policies side by side: one panel per budget, networks along x, a bar per policy with one standard deviation
// over seeds. A hollow circle over a bar says that some seed did not keep the budget.
#include "framework/report/figure.h"
#include "framework/report/grouped_bars.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

class Policies : public Figure {
 public:
  std::string table() const override { return RunRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const RunSummary summary = summarise(read_rows<RunRow>(results));
    if (summary.groups.empty()) return {};
    GroupedBars bars{.name = "policies",
                     .title = "Compression ratio of each policy at equal budgets of accuracy",
                     .groups = summary.networks,
                     .bars = summary.policies,
                     .panels = {},
                     .mark = "over budget"};
    for (const double budget : summary.budgets) {
      BarPanel panel{"budget " + points_text(budget), "compression ratio", {}};
      for (const TrialGroup& group : summary.groups)
        if (group.budget == budget)
          panel.values.push_back(
              {group.network, group.policy, group.of(&RunRow::ratio), !group.within_budget()});
      bars.panels.push_back(panel);
    }
    return {draw_grouped_bars(bars)};
  }
};

const bool registered = Registry<Figure>::add("policies", "compression ratio of the policies, per budget",
                                              [] { return std::make_unique<Policies>(); });

}  // namespace

}  // namespace adagrain
