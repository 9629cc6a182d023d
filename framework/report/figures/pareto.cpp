// Rate against accuracy: one panel per network, one line per policy through its budgets, bars of one standard
// deviation over seeds both ways, the budgets as dashed lines. Down and right is better.
#include <algorithm>

#include "framework/report/figure.h"
#include "framework/report/plot_axes.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

class Pareto : public Figure {
 public:
  std::string table() const override { return RunRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const RunSummary summary = summarise(read_rows<RunRow>(results));
    if (summary.groups.empty()) return {};
    Drawing drawing{"pareto", "Compression ratio of the whole file against the drop of test accuracy",
                    data_of(summary), grid_canvas(static_cast<int>(summary.networks.size())), ""};
    Legend legend;
    for (std::size_t policy = 0; policy < summary.policies.size(); ++policy)
      legend.entries.emplace_back(
          fmt::format("with linespoints lw 1.2 pt {} ps 0.5 lc rgb {}", point(policy), colour(policy)),
          summary.policies[policy]);
    legend.entries.emplace_back("with lines lw 0.8 dt 2 lc rgb '#808080'", "budget");
    drawing.canvas.legend = legend_height(drawing.canvas, legend);
    drawing.commands = "set multiplot\nset format x '%g×'\n";
    for (std::size_t panel = 0; panel < summary.networks.size(); ++panel)
      drawing.commands += panel_of(summary, static_cast<int>(panel), drawing.canvas);
    drawing.commands += legend_plot(drawing.canvas, legend) + "unset multiplot\n";
    return {drawing};
  }

 private:
  static CsvTable data_of(const RunSummary& summary) {
    CsvTable data({"network", "policy", "budget_points", "seeds", "ratio_mean", "ratio_sd",
                   "drop_points_mean", "drop_points_sd", "validation_drop_points_mean", "within_budget"});
    for (const TrialGroup& group : summary.groups) {
      const Spread ratio = group.of(&RunRow::ratio), drop = group.of(&RunRow::drop_points);
      data.add({group.network, group.policy, group.budget, ratio.count, ratio.mean, ratio.deviation,
                drop.mean, drop.deviation, group.of(&RunRow::validation_drop_points).mean,
                group.within_budget()});
    }
    return data;
  }

  static std::string panel_of(const RunSummary& summary, int panel, const Canvas& canvas) {
    const std::string& network = summary.networks[static_cast<std::size_t>(panel)];
    std::string commands = canvas.place(panel);
    const std::size_t beyond = count_beyond_scale(summary, network);
    commands += fmt::format("set title {}\n",
                            quote(beyond == 0 ? network : fmt::format("{} ({} beyond)", network, beyond)));
    commands +=
        panel % canvas.columns == 0 ? "set ylabel 'test drop (points)' offset 1.2\n" : "unset ylabel\n";
    commands += panel / canvas.columns == canvas.rows - 1 ||
                        panel + canvas.columns >= static_cast<int>(summary.networks.size())
                    ? "set xlabel 'compression ratio' offset 0, 0.7\n"
                    : "unset xlabel\n";
    commands += axes(summary, network);
    std::string plots;
    for (const double budget : summary.budgets)
      plots +=
          fmt::format("{}{} with lines lw 0.8 dt 2 lc rgb '#808080'", plots.empty() ? "plot " : ", ", budget);
    for (std::size_t index = 0; index < summary.policies.size(); ++index) {
      const auto value = [&](const char* column) {
        return where({{"network", network}, {"policy", summary.policies[index]}},
                     fmt::format("column('{}')", column));
      };
      const std::string x = value("ratio_mean"), y = value("drop_points_mean");
      plots += fmt::format(
          ", csv using {0}:{1} with linespoints lw 1.2 pt {4} ps 0.5 lc rgb {5}"
          ", csv using {0}:{1}:{2}:{3} with xyerrorbars pt -1 lw 0.7 lc rgb {5}",
          x, y, value("ratio_sd"), value("drop_points_sd"), point(index), colour(index));
    }
    return commands + plots + "\n";
  }

  // A network that was destroyed says no more by being drawn, nor one that was hardly compressed: they would
  // press all others flat.
  static bool beyond_scale(const RunSummary& summary, const TrialGroup& group) {
    constexpr double kLeastShare = 1.0 / 8;  // of the network's largest ratio
    double largest = 0;
    for (const TrialGroup& other : summary.groups)
      if (other.network == group.network) largest = std::max(largest, other.of(&RunRow::ratio).mean);
    return group.of(&RunRow::drop_points).mean > highest_drop(summary) ||
           group.of(&RunRow::ratio).mean < kLeastShare * largest;
  }
  static double highest_drop(const RunSummary& summary) {
    return 4 * *std::max_element(summary.budgets.begin(), summary.budgets.end());
  }

  static std::size_t count_beyond_scale(const RunSummary& summary, const std::string& network) {
    return static_cast<std::size_t>(std::count_if(
        summary.groups.begin(), summary.groups.end(),
        [&](const TrialGroup& group) { return group.network == network && beyond_scale(summary, group); }));
  }

  // Everything a panel shows, error bars included.
  static std::string axes(const RunSummary& summary, const std::string& network) {
    Extent ratio, drop;
    drop.include(0);
    for (const double budget : summary.budgets) drop.include(budget);
    for (const TrialGroup& group : summary.groups) {
      if (group.network != network || beyond_scale(summary, group)) continue;
      const Spread rate = group.of(&RunRow::ratio), points = group.of(&RunRow::drop_points);
      ratio.include(rate.mean + rate.deviation);
      ratio.include(std::max(rate.mean - rate.deviation, rate.mean / 2));
      drop.include(std::min(points.mean + points.deviation, highest_drop(summary)));
      drop.include(points.mean - points.deviation);
    }
    return log_axis("x", ratio) + linear_axis("y", drop);
  }
};

const bool registered =
    Registry<Figure>::add("pareto", "compression ratio against accuracy drop, per network",
                          [] { return std::make_unique<Pareto>(); });

}  // namespace

}  // namespace adagrain
