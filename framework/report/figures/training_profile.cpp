// How entropy, sparsity and dynamic range of every layer move during training: weights left, input
// activations right, a line per layer from dark (first) to light (last). One drawing per run.
#include <algorithm>
#include <array>
#include <map>

#include "framework/report/figure.h"
#include "framework/report/plot_axes.h"
#include "framework/report/schema.h"

namespace adagrain {

namespace {

struct Quantity {
  const char* column;
  const char* label;
  double ValueStatistics::*member;
};
constexpr std::array<Quantity, 3> kQuantities = {
    {{"entropy_bits", "entropy (bits)", &ValueStatistics::entropy_bits},
     {"sparsity", "sparsity", &ValueStatistics::sparsity},
     {"dynamic_range_db", "range (dB)", &ValueStatistics::dynamic_range_db}}};

// Evenly spaced samples of viridis (Smith and van der Walt), less its palest end.
std::string depth_colour(std::size_t index, std::size_t count) {
  static constexpr std::array<std::array<int, 3>, 6> anchors = {
      {{68, 1, 84}, {65, 68, 135}, {42, 120, 142}, {34, 168, 132}, {122, 209, 81}, {189, 223, 38}}};
  const double place = count < 2 ? 0.0 : 5.0 * static_cast<double>(index) / static_cast<double>(count - 1);
  const auto low = std::min<std::size_t>(static_cast<std::size_t>(place), 4);
  std::string text = "'#";
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const double mix = anchors[low][channel] + (place - static_cast<double>(low)) *
                                                   (anchors[low + 1][channel] - anchors[low][channel]);
    text += fmt::format("{:02X}", static_cast<int>(mix));
  }
  return text + "'";
}

class TrainingProfile : public Figure {
 public:
  std::string table() const override { return TrainingProfileRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    std::map<std::string, std::vector<TrainingProfileRow>> runs;
    for (TrainingProfileRow& row : read_rows<TrainingProfileRow>(results))
      runs[row.run].push_back(std::move(row));
    std::vector<Drawing> drawings;
    for (const auto& [run, rows] : runs) drawings.push_back(drawing_of(run, rows));
    return drawings;
  }

 private:
  static Drawing drawing_of(const std::string& run, const std::vector<TrainingProfileRow>& rows) {
    Drawing drawing{"training_profile_" + file_name_of(run),
                    fmt::format("Profile of every layer during the training of {}", run),
                    CsvTable({"step", "epoch", "layer", "depth", "values", "entropy_bits", "sparsity",
                              "dynamic_range_db"}),
                    {},
                    ""};
    std::map<std::pair<std::int64_t, std::string>, int> by_depth;
    bool activations = false;
    for (const TrainingProfileRow& row : rows) {
      by_depth[{row.depth, row.layer}] = 1;
      add(drawing.data, row, "weights", row.weights);
      if (row.activations.count == 0) continue;
      activations = true;
      add(drawing.data, row, "activations", row.activations);
    }
    std::vector<std::string> layers;
    for (const auto& [place, unused] : by_depth) layers.push_back(place.second);

    Canvas& canvas = drawing.canvas;
    canvas.columns = activations ? 2 : 1;
    canvas.width = activations ? 7.0 : 4.2;
    canvas.rows = static_cast<int>(kQuantities.size());
    canvas.panel_height = 1.2;
    canvas.gap_y = 0.2;
    canvas.left = 0.74;  // ticks of five digits
    canvas.gap_x = 0.5;
    Legend legend;
    for (std::size_t index = 0; index < layers.size(); ++index)
      legend.entries.emplace_back(
          fmt::format("with lines lw 1.2 lc rgb {}", depth_colour(index, layers.size())), layers[index]);
    canvas.legend = legend_height(canvas, legend);
    Extent steps;
    for (const TrainingProfileRow& row : rows) steps.include(static_cast<double>(row.step));
    drawing.commands = "set multiplot\n" + linear_axis("x", steps);
    int panel = 0;
    for (const Quantity& quantity : kQuantities)
      for (const std::string values : {"weights", "activations"}) {
        if (values == "activations" && !activations) continue;
        Extent extent;
        for (const TrainingProfileRow& row : rows) {
          const ValueStatistics& statistics = values == "weights" ? row.weights : row.activations;
          if (statistics.count > 0) extent.include(statistics.*quantity.member);
        }
        drawing.commands += canvas.place(panel) + linear_axis("y", extent);
        drawing.commands += values == "weights" ? canvas.label_y(panel, quantity.label) : "unset label 1\n";
        drawing.commands += panel_of(quantity, values, layers, panel / canvas.columns);
        ++panel;
      }
    drawing.commands += legend_plot(canvas, legend) + "unset multiplot\n";
    return drawing;
  }

  static std::string panel_of(const Quantity& quantity, const std::string& values,
                              const std::vector<std::string>& layers, int row) {
    std::string commands = row == 0 ? fmt::format("set title '{}'\n", values) : "unset title\n";
    commands += row + 1 < static_cast<int>(kQuantities.size())
                    ? "set format x ''\nunset xlabel\n"
                    : "set format x '%g'\nset xlabel 'training step' offset 0, 0.7\n";
    std::string plots;
    for (std::size_t index = 0; index < layers.size(); ++index)
      plots += fmt::format("{}csv using {}:(column('{}')) with lines lw 1.1 lc rgb {}",
                           plots.empty() ? "plot " : ", ",
                           where({{"values", values}, {"layer", layers[index]}}, "column('step')"),
                           quantity.column, depth_colour(index, layers.size()));
    return commands + plots + "\n";
  }

  static void add(CsvTable& data, const TrainingProfileRow& row, const std::string& values,
                  const ValueStatistics& statistics) {
    data.add({row.step, row.epoch, row.layer, row.depth, values, statistics.entropy_bits, statistics.sparsity,
              statistics.dynamic_range_db});
  }
};

const bool registered =
    Registry<Figure>::add("training_profile", "entropy, sparsity and range over training, per run",
                          [] { return std::make_unique<TrainingProfile>(); });

}  // namespace

}  // namespace adagrain
