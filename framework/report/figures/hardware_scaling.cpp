// The same trials on hardware with more and less decoding, at the budget nearest 0.5 points: cycles against
// decoded symbols a cycle, where a falling line is bound by decoders and a flat one by DRAM or the array; and
// cycles against area. A drawing each where the results hold two hardware descriptions or more.
#include <set>

#include "framework/report/figure.h"
#include "framework/report/plot_axes.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

struct Axis {
  const char* column;
  const char* label;
  const char* file;
  const char* title;
};
constexpr Axis kLanes = {"decode_lanes", "decoded symbols per cycle", "decode_scaling",
                         "Cycles of an inference as decoders grow"};
constexpr Axis kArea = {"area_mm2", "area (mm2)", "area_speed", "Area against speed"};

class HardwareScaling : public Figure {
 public:
  std::string table() const override { return RunRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const std::vector<RunRow> runs = read_rows<RunRow>(results);
    const RunSummary all = summarise(runs);
    CsvTable data({"network", "policy", "hardware", "decode_lanes", "area_mm2", "cycles"});
    Extent lanes, area, cycles;
    std::set<double> areas;
    for (const std::string& hardware : all.hardware) {
      const RunSummary summary = summarise(runs, hardware);
      for (const TrialGroup& group : summary.groups) {
        if (group.budget != summary.middle_budget() || group.of(&RunRow::area_mm2).mean <= 0) continue;
        const double mean = group.of(&RunRow::cycles).mean;
        data.add({group.network, group.policy, hardware, group.of(&RunRow::decode_lanes).mean,
                  group.of(&RunRow::area_mm2).mean, mean});
        lanes.include(group.of(&RunRow::decode_lanes).mean);
        area.include(group.of(&RunRow::area_mm2).mean);
        cycles.include(mean);
        areas.insert(group.of(&RunRow::area_mm2).mean);
      }
    }
    if (areas.size() < 2) return {};
    return {drawing_of(kLanes, all, data, lanes, cycles), drawing_of(kArea, all, data, area, cycles)};
  }

 private:
  static Drawing drawing_of(const Axis& axis, const RunSummary& summary, const CsvTable& data,
                            const Extent& across, const Extent& cycles) {
    Drawing drawing{axis.file,
                    fmt::format("{}, at a budget of {}", axis.title, points_text(summary.middle_budget())),
                    data, grid_canvas(static_cast<int>(summary.networks.size())), ""};
    Legend legend;
    const auto style = [](std::size_t policy) {
      return fmt::format("with points pt {} ps 0.6 lc rgb '{}'", point(policy), colour(policy));
    };
    for (std::size_t policy = 0; policy < summary.policies.size(); ++policy)
      legend.entries.emplace_back(style(policy), summary.policies[policy]);
    drawing.canvas.legend = legend_height(drawing.canvas, legend);
    drawing.commands = "set multiplot\n" + log_axis("x", across) + log_axis("y", cycles);
    for (std::size_t panel = 0; panel < summary.networks.size(); ++panel) {
      const std::string& network = summary.networks[panel];
      drawing.commands += drawing.canvas.place(static_cast<int>(panel));
      drawing.commands += fmt::format("set title {}\nset xlabel '{}'\n", quote(network), axis.label);
      if (static_cast<int>(panel) % drawing.canvas.columns == 0)
        drawing.commands += drawing.canvas.label_y(static_cast<int>(panel), "cycles");
      std::string plots;
      for (std::size_t policy = 0; policy < summary.policies.size(); ++policy)
        plots += fmt::format("{}csv using {}:(column('cycles')) {}", plots.empty() ? "" : ", ",
                             where({{"network", network}, {"policy", summary.policies[policy]}},
                                   fmt::format("column('{}')", axis.column)),
                             style(policy));
      drawing.commands += "plot " + plots + "\n";
    }
    drawing.commands += legend_plot(drawing.canvas, legend) + "unset multiplot\n";
    return drawing;
  }
};

const bool registered = Registry<Figure>::add("hardware_scaling", "cycles as decoders grow, and against area",
                                              [] { return std::make_unique<HardwareScaling>(); });

}  // namespace

}  // namespace adagrain
