#include "framework/report/run_summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace adagrain {

namespace {

template <typename Value>
void add_once(std::vector<Value>& all, const Value& value) {
  if (std::find(all.begin(), all.end(), value) == all.end()) all.push_back(value);
}

}  // namespace

Spread spread(const std::vector<double>& values) {
  Spread result;
  result.count = static_cast<std::int64_t>(values.size());
  for (const double value : values) result.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  if (values.size() > 1) result.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return result;
}

Spread TrialGroup::of(double RunRow::*member) const {
  std::vector<double> values;
  for (const RunRow& row : seeds) values.push_back(row.*member);
  return spread(values);
}

Spread TrialGroup::of(std::int64_t RunRow::*member) const {
  std::vector<double> values;
  for (const RunRow& row : seeds) values.push_back(static_cast<double>(row.*member));
  return spread(values);
}

bool TrialGroup::within_budget() const {
  return std::all_of(seeds.begin(), seeds.end(), [](const RunRow& row) { return row.within_budget; });
}

double RunSummary::middle_budget() const {
  double best = budgets.empty() ? 0.5 : budgets.front();
  for (const double budget : budgets)
    if (std::abs(budget - 0.5) < std::abs(best - 0.5)) best = budget;
  return best;
}

std::size_t RunSummary::policy_index(const std::string& policy) const {
  return static_cast<std::size_t>(std::find(policies.begin(), policies.end(), policy) - policies.begin());
}

const TrialGroup* RunSummary::find(const std::string& network, const std::string& policy,
                                   double budget) const {
  for (const TrialGroup& group : groups)
    if (group.network == network && group.policy == policy && group.budget == budget) return &group;
  return nullptr;
}

std::string points_text(double points) {
  return fmt::format("{} {}", points, points == 1 ? "point" : "points");
}

RunSummary summarise(const std::vector<RunRow>& rows, const std::string& hardware) {
  RunSummary summary;
  std::map<std::string, std::set<std::string>> datasets;
  for (const RunRow& row : rows) {
    if (!std::isfinite(row.max_drop_points)) continue;
    add_once(summary.hardware, row.hardware);
    datasets[row.network].insert(row.dataset);
  }
  for (const RunRow& row : rows) {
    if (!std::isfinite(row.max_drop_points)) continue;
    if (row.hardware != (hardware.empty() ? summary.hardware.front() : hardware)) continue;
    const std::string network =
        datasets[row.network].size() > 1 ? row.network + " " + row.dataset : row.network;
    add_once(summary.networks, network);
    add_once(summary.policies, row.policy);
    add_once(summary.budgets, row.max_drop_points);
    auto group = std::find_if(summary.groups.begin(), summary.groups.end(), [&](const TrialGroup& other) {
      return other.network == network && other.policy == row.policy && other.budget == row.max_drop_points;
    });
    if (group == summary.groups.end())
      group = summary.groups.insert(group, TrialGroup{network, row.policy, row.max_drop_points, {}});
    group->seeds.push_back(row);
  }
  std::sort(summary.budgets.begin(), summary.budgets.end());
  return summary;
}

}  // namespace adagrain
