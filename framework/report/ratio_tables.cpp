#include "framework/report/ratio_tables.h"

#include "framework/core/text_table.h"

namespace adagrain {
namespace {

std::string cell(const TrialGroup* group) {
  if (group == nullptr) return "-";
  const Spread ratio = group->of(&RunRow::ratio);
  std::string text = fmt::format("{:.1f}", ratio.mean);
  // What rounds to nothing tells nothing.
  if (ratio.deviation >= 0.05) text += fmt::format(" ± {:.1f}", ratio.deviation);
  text += fmt::format(" ({:.2f})", group->of(&RunRow::drop_points).mean);
  return group->within_budget() ? text : text + "\\*";
}

}  // namespace

std::string ratio_tables(const RunSummary& summary) {
  std::string text;
  for (const double budget : summary.budgets) {
    std::vector<std::string> header = {"policy"};
    header.insert(header.end(), summary.networks.begin(), summary.networks.end());
    TextTable table(header);
    for (const std::string& policy : summary.policies) {
      std::vector<std::string> row = {policy};
      for (const std::string& network : summary.networks)
        row.push_back(cell(summary.find(network, policy, budget)));
      table.add(row);
    }
    text += fmt::format(
        "{}Ratio at {} of validation drop allowed ± standard deviation over seeds (drop on test); \\* over "
        "the "
        "budget.\n\n{}",
        text.empty() ? "" : "\n", points_text(budget), table.markdown());
  }
  return text;
}

}  // namespace adagrain
