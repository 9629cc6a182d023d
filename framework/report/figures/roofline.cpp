// Each layer of the trials at the budget nearest 0.5 points: products a cycle against products a byte of
// DRAM. What lies on a slope waits for DRAM, what lies below it and below the flat roof for something else,
// mostly for decoders. One drawing per hardware preset, one panel per network, one colour per policy.
#include "framework/report/figure.h"
#include "framework/report/plot_axes.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

class Roofline : public Figure {
 public:
  std::string table() const override { return LayerRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const std::vector<RunRow> runs = read_rows<RunRow>(results);
    const std::vector<LayerRow> layers = read_rows<LayerRow>(results);
    std::vector<Drawing> drawings;
    for (const std::string& preset : summarise(runs).hardware) {
      const RunSummary summary = summarise(runs, preset);
      CsvTable data({"network", "policy", "layer", "bound", "macs_per_byte", "macs_per_cycle"});
      Extent across, up;
      for (const LayerRow& layer : layers) {
        if (layer.hardware != preset || layer.macs == 0 || layer.cycles == 0 || layer.off_chip_bytes == 0)
          continue;
        const TrialGroup* group = group_of(summary, layer.run);
        if (group == nullptr) continue;
        const double x = static_cast<double>(layer.macs) / static_cast<double>(layer.off_chip_bytes);
        const double y = static_cast<double>(layer.macs) / static_cast<double>(layer.cycles);
        data.add({group->network, group->policy, layer.layer, layer.bound, x, y});
        across.include(x);
        up.include(y);
      }
      if (data.size() > 0) drawings.push_back(drawing_of(preset, summary, std::move(data), across, up));
    }
    return drawings;
  }

 private:
  static const TrialGroup* group_of(const RunSummary& summary, const std::string& run) {
    for (const TrialGroup& group : summary.groups) {
      if (group.budget != summary.middle_budget()) continue;
      for (const RunRow& row : group.seeds)
        if (row.run == run) return &group;
    }
    return nullptr;
  }

  static Drawing drawing_of(const std::string& preset, const RunSummary& summary, CsvTable data,
                            const Extent& across, const Extent& up) {
    Drawing drawing{"roofline_" + file_name_of(preset),
                    fmt::format("Products a cycle of each layer on {} at a budget of {}", preset,
                                points_text(summary.middle_budget())),
                    std::move(data), grid_canvas(static_cast<int>(summary.networks.size())), ""};
    Legend legend;
    const auto style = [&](std::size_t policy) {
      return fmt::format("with points pt {} ps 0.4 lc rgb '{}'", point(policy), colour(policy));
    };
    for (std::size_t policy = 0; policy < summary.policies.size(); ++policy)
      legend.entries.emplace_back(style(policy), summary.policies[policy]);
    drawing.canvas.legend = legend_height(drawing.canvas, legend);
    drawing.commands = "set multiplot\n" + log_axis("x", across) + log_axis("y", up);
    for (std::size_t panel = 0; panel < summary.networks.size(); ++panel) {
      const std::string& network = summary.networks[panel];
      drawing.commands += drawing.canvas.place(static_cast<int>(panel));
      drawing.commands += fmt::format("set title {}\nset xlabel 'products per byte'\n", quote(network));
      if (static_cast<int>(panel) % drawing.canvas.columns == 0)
        drawing.commands += drawing.canvas.label_y(static_cast<int>(panel), "products per cycle");
      std::string plots;
      for (std::size_t policy = 0; policy < summary.policies.size(); ++policy)
        plots += fmt::format(
            "{}csv using {}:(column('macs_per_cycle')) {}", plots.empty() ? "" : ", ",
            where({{"network", network}, {"policy", summary.policies[policy]}}, "column('macs_per_byte')"),
            style(policy));
      drawing.commands += "plot " + plots + "\n";
    }
    drawing.commands += legend_plot(drawing.canvas, legend) + "unset multiplot\n";
    return drawing;
  }
};

const bool registered =
    Registry<Figure>::add("roofline", "products a cycle of each layer against products a byte",
                          [] { return std::make_unique<Roofline>(); });

}  // namespace

}  // namespace adagrain
