// Where the energy of an inference goes, mean over seeds at the budget nearest 0.5 points: a stack per
// policy, a panel per network, a drawing per hardware preset.
#include <array>
#include <map>

#include "framework/report/figure.h"
#include "framework/report/plot_axes.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

struct Component {
  const char* name;
  const char* title;
  double (*of)(const LayerRow& layer);
};

constexpr std::array<Component, 7> kComponents = {{
    {"dram_weights", "DRAM, weights", [](const LayerRow& l) { return l.dram_weights_pj; }},
    {"dram_metadata", "DRAM, metadata", [](const LayerRow& l) { return l.dram_metadata_pj; }},
    {"dram_activations", "DRAM, activations", [](const LayerRow& l) { return l.dram_activations_pj; }},
    {"buffers", "buffers", [](const LayerRow& l) { return l.buffers_pj + l.metadata_pj; }},
    {"decode", "decoders", [](const LayerRow& l) { return l.decode_pj; }},
    {"compute", "array", [](const LayerRow& l) { return l.compute_pj; }},
    {"leakage", "leakage", [](const LayerRow& l) { return l.leakage_pj; }},
}};
using Energies = std::array<double, kComponents.size()>;

class EnergyComponents : public Figure {
 public:
  std::string table() const override { return LayerRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const std::vector<RunRow> runs = read_rows<RunRow>(results);
    const std::vector<LayerRow> layers = read_rows<LayerRow>(results);
    std::vector<Drawing> drawings;
    for (const std::string& preset : summarise(runs).hardware) {
      std::map<std::string, Energies> of_run;
      for (const LayerRow& layer : layers) {
        if (layer.hardware != preset) continue;
        Energies& sums = of_run.try_emplace(layer.run).first->second;
        for (std::size_t i = 0; i < kComponents.size(); ++i) sums[i] += kComponents[i].of(layer);
      }
      const RunSummary summary = summarise(runs, preset);
      std::map<std::string, double> highest;
      CsvTable data = data_of(summary, of_run, highest);
      if (data.size() > 0) drawings.push_back(drawing_of(preset, summary, std::move(data), highest));
    }
    return drawings;
  }

 private:
  static CsvTable data_of(const RunSummary& summary, const std::map<std::string, Energies>& of_run,
                          std::map<std::string, double>& highest) {
    std::vector<std::string> header = {"network", "policy", "x"};
    for (const Component& component : kComponents) header.push_back(std::string(component.name) + "_uj");
    CsvTable data(header);
    for (const TrialGroup& group : summary.groups) {
      if (group.budget != summary.middle_budget()) continue;
      Energies mean{};
      double total = 0;
      for (const RunRow& row : group.seeds) {
        const auto found = of_run.find(row.run);
        if (found == of_run.end()) continue;
        for (std::size_t i = 0; i < mean.size(); ++i)
          mean[i] += found->second[i] * 1e-6 / static_cast<double>(group.seeds.size());
      }
      std::vector<Cell> cells = {group.network, group.policy,
                                 static_cast<std::int64_t>(summary.policy_index(group.policy))};
      for (const double energy : mean) {
        cells.emplace_back(energy);
        total += energy;
      }
      if (total <= 0) continue;
      data.add(cells);
      highest[group.network] = std::max(highest[group.network], total);
    }
    return data;
  }

  static Drawing drawing_of(const std::string& preset, const RunSummary& summary, CsvTable data,
                            std::map<std::string, double>& highest) {
    Drawing drawing{"energy_components_" + file_name_of(preset),
                    fmt::format("Where the energy of an inference goes on {}, at a budget of {}", preset,
                                points_text(summary.middle_budget())),
                    std::move(data), grid_canvas(static_cast<int>(summary.networks.size())), ""};
    Legend legend;
    for (std::size_t i = 0; i < kComponents.size(); ++i)
      legend.entries.emplace_back(fmt::format("with boxes lc rgb '{}'", colour(i)), kComponents[i].title);
    drawing.canvas.gap_y = drawing.canvas.bottom = 1.1;
    drawing.canvas.legend = legend_height(drawing.canvas, legend);
    drawing.commands =
        "set multiplot\nset xtics rotate by 60 offset 0.4, 0.1 right scale 0\nset boxwidth 0.75\n";
    drawing.commands +=
        fmt::format("set xrange [-0.6:{:.1f}]\n", static_cast<double>(summary.policies.size()) - 0.4);
    std::string ticks;
    for (std::size_t i = 0; i < summary.policies.size(); ++i)
      ticks += fmt::format("{}{} {}", i == 0 ? "" : ", ", quote(summary.policies[i]), i);
    for (std::size_t panel = 0; panel < summary.networks.size(); ++panel) {
      const std::string& network = summary.networks[panel];
      drawing.commands += drawing.canvas.place(static_cast<int>(panel));
      drawing.commands += fmt::format("set title {}\nset xtics ({})\n", quote(network), ticks);
      drawing.commands += linear_axis("y", {0, highest[network], true});
      if (static_cast<int>(panel) % drawing.canvas.columns == 0)
        drawing.commands += drawing.canvas.label_y(static_cast<int>(panel), "energy (uJ)");
      drawing.commands += "plot " + stacks(network) + "\n";
    }
    drawing.commands += legend_plot(drawing.canvas, legend) + "unset multiplot\n";
    return drawing;
  }

  // Each stack is drawn from its full height down.
  static std::string stacks(const std::string& network) {
    std::string plots;
    for (std::size_t top = kComponents.size(); top-- > 0;) {
      std::string sum;
      for (std::size_t i = 0; i <= top; ++i)
        sum += fmt::format("{}column('{}_uj')", i == 0 ? "" : " + ", kComponents[i].name);
      plots += fmt::format("{}csv using {}:({}) with boxes lc rgb '{}'", plots.empty() ? "" : ", ",
                           where({{"network", network}}, "column('x')"), sum, colour(top));
    }
    return plots;
  }
};

const bool registered = Registry<Figure>::add("energy_components", "where the energy of an inference goes",
                                              [] { return std::make_unique<EnergyComponents>(); });

}  // namespace

}  // namespace adagrain
