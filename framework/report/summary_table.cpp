#include "framework/report/summary_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

struct Measure {
  const char* title;
  double (*value)(const RunRow&);
  int digits;
};

constexpr Measure kMeasures[] = {
    {"ratio", [](const RunRow& row) { return row.ratio; }, 2},
    {"bytes", [](const RunRow& row) { return static_cast<double>(row.file_bytes); }, 0},
    {"accuracy %", [](const RunRow& row) { return 100 * row.accuracy; }, 2},
    {"drop", [](const RunRow& row) { return row.drop_points; }, 2},
    {"validation drop", [](const RunRow& row) { return row.validation_drop_points; }, 2},
    {"Mcycles", [](const RunRow& row) { return static_cast<double>(row.cycles) / 1e6; }, 3},
    {"energy uJ", [](const RunRow& row) { return row.energy_pj / 1e6; }, 2},
    {"off-chip kB", [](const RunRow& row) { return static_cast<double>(row.off_chip_bytes) / 1e3; }, 1},
    {"evaluations", [](const RunRow& row) { return static_cast<double>(row.evaluations); }, 0},
    {"seconds", [](const RunRow& row) { return row.seconds; }, 1},
};

// "12.31" for one seed, "12.31 ± 0.20" for several.
std::string show(const std::vector<const RunRow*>& rows, const Measure& measure) {
  std::vector<double> values;
  for (const RunRow* row : rows) values.push_back(measure.value(*row));
  const Spread found = spread(values);
  if (values.size() == 1) return fmt::format("{:.{}f}", found.mean, measure.digits);
  return fmt::format("{:.{}f} ± {:.{}f}", found.mean, measure.digits, found.deviation, measure.digits);
}

}  // namespace

TextTable summary_table(const std::vector<RunRow>& rows) {
  using Key = std::tuple<std::string, std::string, double, std::string>;  // what the table is sorted by
  using Group = std::pair<Key, std::string>;                              // and the policy
  std::map<Group, std::vector<const RunRow*>> groups;
  std::vector<Group> order;  // of first appearance: as the experiment lists them
  for (const RunRow& row : rows) {
    const Group group = {{row.dataset, row.network, row.max_drop_points, row.hardware}, row.policy};
    if (groups[group].empty()) order.push_back(group);
    groups[group].push_back(&row);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const Group& left, const Group& right) { return left.first < right.first; });
  std::vector<std::string> header = {"network", "policy", "budget", "kept"};
  for (const Measure& measure : kMeasures) header.push_back(measure.title);
  header.insert(header.end(), {"dataset", "hardware"});
  TextTable table(header);
  for (const Group& group : order) {
    const auto& [dataset, network, budget, hardware] = group.first;
    const std::vector<const RunRow*>& seeds = groups[group];
    const auto kept =
        std::count_if(seeds.begin(), seeds.end(), [](const RunRow* row) { return row->within_budget; });
    std::vector<std::string> line = {network, group.second, fmt::format("{}", budget),
                                     fmt::format("{}/{}", kept, seeds.size())};
    for (const Measure& measure : kMeasures) line.push_back(show(seeds, measure));
    line.insert(line.end(), {dataset, hardware});
    table.add(line);
  }
  return table;
}

std::vector<std::string> unreached_budgets(const std::vector<RunRow>& rows) {
  std::vector<std::string> lines;
  std::set<std::string> seen;  // a trial has a row for each hardware preset
  for (const RunRow& row : rows) {
    if (row.within_budget || !seen.insert(row.run).second) continue;
    lines.push_back(fmt::format(
        "{}: no file kept the budget of {} points of drop; the closest one drops {:.2f}, with a standard "
        "error of {:.2f}",
        row.run, row.max_drop_points, row.validation_drop_points, row.validation_drop_error_points));
  }
  return lines;
}

}  // namespace adagrain
