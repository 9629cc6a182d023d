// Training and fine-tuning over epochs: validation accuracy, training loss and, where files are written,
// their compression ratio; a line per run.
#include <algorithm>

#include "framework/report/figure.h"
#include "framework/report/schema.h"

namespace adagrain {

namespace {

class Training : public Figure {
 public:
  std::string table() const override { return TrainingRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const std::vector<TrainingRow> rows = read_rows<TrainingRow>(results);
    if (rows.empty()) return {};
    Drawing drawing{"training",
                    "Training and fine-tuning over epochs",
                    CsvTable({"run", "epoch", "learning_rate", "train_loss", "validation_percent",
                              "file_bytes", "ratio"}),
                    {},
                    ""};
    std::vector<std::string> runs;
    bool compressing = false;
    for (const TrainingRow& row : rows) {
      if (std::find(runs.begin(), runs.end(), row.run) == runs.end()) runs.push_back(row.run);
      compressing = compressing || row.ratio > 0;
      drawing.data.add({row.run, row.epoch, row.learning_rate, row.train_loss, 100 * row.validation_accuracy,
                        row.file_bytes, row.ratio});
    }
    Legend legend;
    for (std::size_t index = 0; index < runs.size(); ++index)
      legend.entries.emplace_back(
          fmt::format("with lines lw 1.2 lc rgb {} dt {}", colour(index), 1 + index / 8), runs[index]);
    Canvas& canvas = drawing.canvas;
    canvas.columns = compressing ? 3 : 2;
    canvas.width = compressing ? 7.0 : 5.4;
    canvas.legend = legend_height(canvas, legend);
    drawing.commands = "set multiplot\nset autoscale xfix\nset xlabel 'epoch' offset 0, 0.7\n";
    drawing.commands += canvas.place(0) + panel_of("training loss (nats)", runs, "column('train_loss')");
    drawing.commands +=
        canvas.place(1) + panel_of("validation accuracy (%)", runs, "column('validation_percent')");
    if (compressing)
      drawing.commands += canvas.place(2) + panel_of("compression ratio", runs,
                                                     "(column('ratio') > 0 ? column('ratio') : NaN)");
    drawing.commands += legend_plot(canvas, legend) + "unset multiplot\n";
    return {drawing};
  }

 private:
  static std::string panel_of(const std::string& label, const std::vector<std::string>& runs,
                              const std::string& value) {
    std::string plots;
    for (std::size_t index = 0; index < runs.size(); ++index)
      plots +=
          fmt::format("{}csv using {}:({}) with lines lw 1.1 lc rgb {} dt {}", plots.empty() ? "plot " : ", ",
                      where({{"run", runs[index]}}, "column('epoch')"), value, colour(index), 1 + index / 8);
    return fmt::format("set title {}\n{}\n", quote(label), plots);
  }
};

const bool registered = Registry<Figure>::add("training", "loss, accuracy and ratio over epochs",
                                              [] { return std::make_unique<Training>(); });

}  // namespace

}  // namespace adagrain
