#include "framework/report/grouped_bars.h"

#include <algorithm>

#include "framework/report/plot_axes.h"

namespace adagrain {

namespace {

constexpr double kGroupShare = 0.84;  // of the distance between groups; the rest separates them

std::size_t index_of(const std::vector<std::string>& all, const std::string& one) {
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), one) - all.begin());
}

double bar_width(const GroupedBars& bars) {
  return kGroupShare / static_cast<double>(bars.bars.size());
}

CsvTable data_of(const GroupedBars& bars) {
  CsvTable data({"panel", "label", "group", "bar", "x", "mean", "sd", "seeds", "marked"});
  for (std::size_t panel = 0; panel < bars.panels.size(); ++panel)
    for (const BarValue& value : bars.panels[panel].values) {
      const double middle = (static_cast<double>(bars.bars.size()) - 1) / 2;
      const double x = static_cast<double>(index_of(bars.groups, value.group)) +
                       (static_cast<double>(index_of(bars.bars, value.bar)) - middle) * bar_width(bars);
      data.add({static_cast<std::int64_t>(panel), bars.panels[panel].label, value.group, value.bar, x,
                value.value.mean, value.value.deviation, value.value.count, value.marked});
    }
  return data;
}

std::string panel_of(const GroupedBars& bars, std::size_t panel, const Canvas& canvas) {
  const BarPanel& content = bars.panels[panel];
  Extent extent{0, 0, true};
  for (const BarValue& value : content.values)
    extent.include(1.06 * (value.value.mean + value.value.deviation));
  std::string commands = canvas.place(static_cast<int>(panel)) + linear_axis("y", extent);
  commands +=
      fmt::format("set title {}\nset ylabel {} offset 1.2\n", quote(content.title), quote(content.label));
  std::string plots;
  for (std::size_t index = 0; index < bars.bars.size(); ++index) {
    const auto value = [&](const std::string& expression) {
      return where({{"panel", std::to_string(panel)}, {"bar", bars.bars[index]}}, expression);
    };
    plots +=
        fmt::format("{}csv using {}:{}:({:.5f}) with boxes lc rgb {}", plots.empty() ? "plot " : ", ",
                    value("column('x')"), value("column('mean')"), 0.92 * bar_width(bars), colour(index));
  }
  const std::string here = fmt::format("strcol('panel') eq '{}'", panel);
  plots += fmt::format(
      ", csv using ({0} && column('seeds') > 1 ? column('x') : NaN):(column('mean') - column('sd')):(0)"
      ":(2 * column('sd')) with vectors heads size graph 0.006,90 lw 0.8 lc rgb '#303030'"
      ", csv using ({0} && column('marked') > 0 ? column('x') : NaN):(column('mean') + column('sd') + "
      "{1:.6g})"
      " with points pt 6 ps 0.35 lw 0.8 lc rgb '#303030'",
      here, 0.04 * extent.high);
  return commands + plots + "\n";
}

// As wide as bars and the groups' labels ask for; where a page ends, labels get smaller.
struct LabelFit {
  double width;  // of the drawing, inches
  double font;   // of the labels, points
};
LabelFit fit_labels(const GroupedBars& bars, const Canvas& canvas) {
  constexpr double narrowest = 5, widest = 7, font = 7, letter = 0.073;  // inches a letter of that font
  std::size_t longest = 0;
  for (const std::string& group : bars.groups) longest = std::max(longest, group.size());
  const double groups = static_cast<double>(bars.groups.size()) + 0.1;  // what the range of x holds
  const double edges = canvas.left + canvas.right;
  const double label = letter * (static_cast<double>(longest) + 1);
  const double of_bars = 0.16 * static_cast<double>(bars.groups.size() * bars.bars.size()) + 1.2;
  const double width = std::clamp(std::max(of_bars, label * groups + edges), narrowest, widest);
  return {width, font * std::min(1.0, (width - edges) / (label * groups))};
}

}  // namespace

Drawing draw_grouped_bars(const GroupedBars& bars) {
  Drawing drawing{bars.name, bars.title, data_of(bars), {}, ""};
  drawing.canvas.rows = static_cast<int>(bars.panels.size());
  const LabelFit labels = fit_labels(bars, drawing.canvas);
  drawing.canvas.width = labels.width;
  drawing.canvas.panel_height = bars.panels.size() > 1 ? 1.25 : 1.7;
  drawing.canvas.gap_y = 0.48;
  Legend legend;
  for (std::size_t index = 0; index < bars.bars.size(); ++index)
    legend.entries.emplace_back(fmt::format("with boxes lc rgb {}", colour(index)), bars.bars[index]);
  const bool marked = std::any_of(bars.panels.begin(), bars.panels.end(), [](const BarPanel& panel) {
    return std::any_of(panel.values.begin(), panel.values.end(),
                       [](const BarValue& value) { return value.marked; });
  });
  if (marked) legend.entries.emplace_back("with points pt 6 ps 0.35 lw 0.8 lc rgb '#303030'", bars.mark);
  drawing.canvas.legend = legend_height(drawing.canvas, legend);

  std::string ticks;
  for (std::size_t index = 0; index < bars.groups.size(); ++index)
    ticks += fmt::format("{}{} {}", ticks.empty() ? "" : ", ", quote(bars.groups[index]), index);
  drawing.commands =
      fmt::format("set multiplot\nset xrange [-0.55:{:.2f}]\nset xtics ({}) scale 0 font ',{:.1f}'\n",
                  static_cast<double>(bars.groups.size()) - 0.45, ticks, labels.font);
  for (std::size_t panel = 0; panel < bars.panels.size(); ++panel)
    drawing.commands += panel_of(bars, panel, drawing.canvas);
  drawing.commands += legend_plot(drawing.canvas, legend) + "unset multiplot\n";
  return drawing;
}

}  // namespace adagrain
