// The accuracy monitor at work: file size and drop of validation accuracy over its evaluations. A line per
// policy follows the best plan so far, open points are plans that were not. One drawing per network, of the
// first seed at the budget nearest 0.5 points.
#include <algorithm>
#include <map>

#include "framework/report/figure.h"
#include "framework/report/plot_axes.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

struct Line {
  std::string policy;
  std::size_t style = 0;
  std::vector<StepRow> steps;
};

std::vector<Line> lines_of(const RunSummary& summary, const std::string& network,
                           const std::map<std::string, std::vector<StepRow>>& steps) {
  std::vector<Line> lines;
  for (const std::string& policy : summary.policies) {
    const TrialGroup* group = summary.find(network, policy, summary.middle_budget());
    if (group == nullptr) continue;
    const auto found = steps.find(group->seeds.front().run);
    if (found != steps.end()) lines.push_back({policy, summary.policy_index(policy), found->second});
  }
  return lines;
}

class Monitor : public Figure {
 public:
  std::string table() const override { return StepRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const std::vector<RunRow> rows = read_rows<RunRow>(results);
    std::map<std::string, std::vector<StepRow>> steps;
    for (const StepRow& step : read_rows<StepRow>(results)) steps[step.run].push_back(step);
    if (rows.empty() || steps.empty()) return {};
    const RunSummary summary = summarise(rows);
    std::vector<Drawing> drawings;
    for (const std::string& network : summary.networks) {
      const std::vector<Line> lines = lines_of(summary, network, steps);
      if (!lines.empty()) drawings.push_back(drawing_of(network, summary.middle_budget(), lines));
    }
    return drawings;
  }

 private:
  static Drawing drawing_of(const std::string& network, double budget, const std::vector<Line>& lines) {
    Drawing drawing{
        "monitor_" + file_name_of(network),
        fmt::format("Steps of the accuracy monitor on {} at a budget of {}", network, points_text(budget)),
        CsvTable({"policy", "evaluation", "action", "layer", "before", "after", "rungs", "pressure",
                  "file_bytes", "validation_drop_points", "divergence", "kept", "best_file_bytes",
                  "best_validation_drop_points"}),
        {},
        ""};
    std::size_t longest = 0;
    Extent size, drop;
    drop.include(budget);
    drop.include(0);
    Legend legend;
    for (const Line& line : lines) {
      longest = std::max(longest, line.steps.size());
      const StepRow* best = nullptr;
      for (const StepRow& step : line.steps) {
        if (best == nullptr || step.kept) best = &step;
        drawing.data.add({line.policy, step.step + 1, step.action, step.layer, step.before, step.after,
                          step.rungs, step.pressure, step.file_bytes, step.validation_drop_points,
                          step.divergence, step.kept, best->file_bytes, best->validation_drop_points});
        size.include(static_cast<double>(step.file_bytes) / 1000);
        // Plans far beyond the budget would press the interesting part flat.
        drop.include(budget > 0 ? std::clamp(step.validation_drop_points, -2 * budget, 5 * budget)
                                : step.validation_drop_points);
      }
      legend.entries.emplace_back(fmt::format("with lines lw 1.2 lc rgb {}", colour(line.style)),
                                  line.policy);
    }
    legend.entries.emplace_back("with lines lw 0.8 dt 2 lc rgb '#808080'", "budget");
    legend.entries.emplace_back("with points pt 6 ps 0.35 lw 0.7 lc rgb '#000000'", "not the best");
    Canvas& canvas = drawing.canvas;
    canvas.width = 3.5;
    canvas.panel_height = 1.35;
    canvas.rows = 2;
    canvas.gap_y = 0.2;
    canvas.legend = legend_height(canvas, legend);
    drawing.commands = "set multiplot\n" + canvas.place(0) + "set format x ''\n" + log_axis("y", size);
    drawing.commands += fmt::format("set title {}\nset xrange [0:{}]\n",
                                    quote(network + ", budget " + points_text(budget)), longest + 1);
    drawing.commands += canvas.label_y(0, "file size (kB)");
    drawing.commands += "plot " + plots(lines, "file_bytes", " / 1000") + "\n";
    drawing.commands +=
        "unset logscale y\nunset title\nset format x '%g'\nset xlabel 'evaluation of a decoded file' "
        "offset 0, 0.7\n";
    drawing.commands += linear_axis("y", drop) + canvas.label_y(1, "drop (points)");
    drawing.commands += canvas.place(1) +
                        fmt::format("plot {} with lines lw 0.8 dt 2 lc rgb '#808080', ", budget) +
                        plots(lines, "validation_drop_points", "") + "\n";
    drawing.commands += legend_plot(canvas, legend) + "unset multiplot\n";
    return drawing;
  }

  static std::string plots(const std::vector<Line>& lines, const std::string& column,
                           const std::string& unit) {
    std::string text;
    for (const Line& line : lines) {
      const std::string x = where({{"policy", line.policy}}, "column('evaluation')");
      const std::string other = where({{"policy", line.policy}, {"kept", "0"}}, "column('evaluation')");
      text += fmt::format(
          "{0}csv using {1}:(column('best_{3}'){4}) with steps lw 1.2 lc rgb {5}, "
          "csv using {2}:(column('{3}'){4}) with points pt 6 ps 0.35 lw 0.7 lc rgb {5}",
          text.empty() ? "" : ", ", x, other, column, unit, colour(line.style));
    }
    return text;
  }
};

const bool registered = Registry<Figure>::add("monitor", "the accuracy monitor's steps, per network",
                                              [] { return std::make_unique<Monitor>(); });

}  // namespace

}  // namespace adagrain
