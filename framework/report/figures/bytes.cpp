// Where the bytes of the file go, mean over seeds at the budget nearest 0.5 points: one panel per network,
// one stack per policy; those far above the others are cut and say their size. What the layers' payloads
// leave is headers, directory and small tensors.
#include <algorithm>
#include <map>
#include <vector>

#include "framework/report/figure.h"
#include "framework/report/plot_axes.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

struct Shares {
  double data = 0, tables = 0, metadata = 0, rest = 0;
};

// A trial's layers, each once although it may have a row for every hardware preset.
std::map<std::string, Shares> layer_shares(const std::vector<LayerRow>& layers) {
  std::map<std::string, std::string> first_preset;
  std::map<std::string, Shares> shares;
  for (const LayerRow& layer : layers) {
    if (first_preset.emplace(layer.run, layer.hardware).first->second != layer.hardware) continue;
    Shares& of_run = shares[layer.run];
    of_run.data += static_cast<double>(layer.data_bytes);
    of_run.tables += static_cast<double>(layer.table_bytes);
    of_run.metadata += static_cast<double>(layer.metadata_bytes);
  }
  return shares;
}

class Bytes : public Figure {
 public:
  std::string table() const override { return LayerRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const RunSummary summary = summarise(read_rows<RunRow>(results));
    const std::vector<LayerRow> layers = read_rows<LayerRow>(results);
    if (summary.groups.empty() || layers.empty()) return {};
    Drawing drawing{
        "bytes", "Where the bytes of the file go, at a budget of " + points_text(summary.middle_budget()),
        data_of(summary, layer_shares(layers)), grid_canvas(static_cast<int>(summary.networks.size())), ""};
    const Legend legend{{{"with boxes lc rgb '#0072B2'", "coded weights"},
                         {"with boxes lc rgb '#56B4E9'", "coder tables"},
                         {"with boxes lc rgb '#E69F00'", "metadata"},
                         {"with boxes lc rgb '#999999'", "small tensors, headers"}}};
    if (crowded(summary)) {  // a panel below the other, as wide as a page
      drawing.canvas = Canvas{};
      drawing.canvas.rows = static_cast<int>(summary.networks.size());
    }
    drawing.canvas.gap_y = drawing.canvas.bottom = 0.2 + name_room(summary);
    drawing.canvas.gap_y += 0.15;
    drawing.canvas.left = 0.74;  // ticks of four digits
    drawing.canvas.legend = legend_height(drawing.canvas, legend);
    drawing.commands = fmt::format("set multiplot\nset xtics {} right scale 0\nset boxwidth 0.75\n",
                                   crowded(summary) ? "rotate by 90" : "rotate by 60 offset 0.4, 0.1");
    drawing.commands +=
        fmt::format("set xrange [-0.6:{:.1f}]\n", static_cast<double>(summary.policies.size()) - 0.4);
    for (std::size_t panel = 0; panel < summary.networks.size(); ++panel)
      drawing.commands += panel_of(summary, static_cast<int>(panel), drawing.canvas);
    drawing.commands += legend_plot(drawing.canvas, legend) + "unset multiplot\n";
    return {drawing};
  }

 private:
  static bool crowded(const RunSummary& summary) { return summary.policies.size() > 12; }

  // Inches that the longest policy's name needs below the axis at its angle and size.
  static double name_room(const RunSummary& summary) {
    std::size_t longest = 0;
    for (const std::string& policy : summary.policies) longest = std::max(longest, policy.size());
    return (crowded(summary) ? 0.075 : 0.063) * static_cast<double>(longest);
  }

  static CsvTable data_of(const RunSummary& summary, const std::map<std::string, Shares>& shares) {
    CsvTable data({"network", "policy", "x", "budget_points", "seeds", "data_bytes", "table_bytes",
                   "metadata_bytes", "rest_bytes", "file_bytes"});
    for (const TrialGroup& group : summary.groups) {
      if (group.budget != summary.middle_budget()) continue;
      Shares mean;
      double file = 0;
      std::int64_t count = 0;
      for (const RunRow& row : group.seeds) {
        const auto found = shares.find(row.run);
        if (found == shares.end()) continue;
        const Shares& of_run = found->second;
        mean.data += of_run.data;
        mean.tables += of_run.tables;
        mean.metadata += of_run.metadata;
        file += static_cast<double>(row.file_bytes);
        ++count;
      }
      if (count == 0) continue;
      for (double* part : {&mean.data, &mean.tables, &mean.metadata, &file})
        *part /= static_cast<double>(count);
      mean.rest = file - mean.data - mean.tables - mean.metadata;
      data.add({group.network, group.policy, static_cast<std::int64_t>(summary.policy_index(group.policy)),
                group.budget, count, mean.data, mean.tables, mean.metadata, mean.rest, file});
    }
    return data;
  }

  static std::string panel_of(const RunSummary& summary, int panel, const Canvas& canvas) {
    const std::string& network = summary.networks[static_cast<std::size_t>(panel)];
    std::string ticks;
    for (std::size_t index = 0; index < summary.policies.size(); ++index)
      ticks += fmt::format("{}{} {}", ticks.empty() ? "" : ", ", quote(summary.policies[index]), index);
    std::string commands = canvas.place(panel);
    commands += fmt::format("set title {}\nset xtics ({})\n", quote(network), ticks);
    const double top = highest_shown(summary, network);
    commands += linear_axis("y", {0, top, true});
    if (panel % canvas.columns == 0) commands += canvas.label_y(panel, "file size (kB)");
    if (canvas.columns > 1 && panel % canvas.columns == 1) commands += "unset label 1\n";
    // Each stack is drawn from its full height down.
    const auto layer = [&](const char* sum, const char* shade) {
      return fmt::format("csv using {}:(({}) / 1000) with boxes lc rgb '{}'",
                         where({{"network", network}}, "column('x')"), sum, shade);
    };
    return commands + "plot " + layer("column('file_bytes')", "#999999") + ", " +
           layer("column('data_bytes') + column('table_bytes') + column('metadata_bytes')", "#E69F00") +
           ", " + layer("column('data_bytes') + column('table_bytes')", "#56B4E9") + ", " +
           layer("column('data_bytes')", "#0072B2") +
           fmt::format(
               ", csv using {0}:({1:.6g}):(column('file_bytes') / 1000 > {1:.6g} ? "
               "sprintf('%.0f', column('file_bytes') / 1000) : '') with labels rotate by 90 right "
               "font ',5' textcolor rgb '#FFFFFF'\n",
               where({{"network", network}}, "column('x')"), top);
  }

  // kB. Two and a half times the median: one policy that left everything lossless would press the others
  // flat.
  static double highest_shown(const RunSummary& summary, const std::string& network) {
    std::vector<double> sizes;
    for (const TrialGroup& group : summary.groups)
      if (group.network == network && group.budget == summary.middle_budget())
        sizes.push_back(group.of(&RunRow::file_bytes).mean / 1000);
    if (sizes.empty()) return 1;
    std::sort(sizes.begin(), sizes.end());
    return std::min(sizes.back(), 2.5 * sizes[sizes.size() / 2]);
  }
};

const bool registered = Registry<Figure>::add("bytes", "where the bytes of the files go",
                                              [] { return std::make_unique<Bytes>(); });

}  // namespace

}  // namespace adagrain
