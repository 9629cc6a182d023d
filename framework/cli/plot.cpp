// adagrain plot: figures of a results file, each with its data and script.
#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "framework/cli/command.h"
#include "framework/report/figure.h"
#include "framework/report/figures.h"
#include "framework/report/results_file.h"
#include "framework/terminal/interrupt_deadline.h"

namespace adagrain {
namespace {

class PlotCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("results", results_,
                   "results file (.h5), or the journal (.h5.journal) of one that is not finished")
        ->required();
    app.add_option("-o,--output", options_.folder,
                   "folder to write to; default: <results>_figures beside it");
    app.add_option("--figure", options_.figures,
                   fmt::format("only these, separated by commas; default: all of {}",
                               fmt::join(Registry<Figure>::names(), ", ")))
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--formats", options_.formats, "pdf, svg, png, separated by commas; default: all")
        ->delimiter(',')
        ->allow_extra_args(false);
  }

  void run(const GlobalOptions&) override {
    if (options_.folder.empty()) {
      options_.folder = results_.parent_path() / (results_.stem().string() + "_figures");
    }
    const InterruptDeadline deadline("not all figures were drawn; run the same command again");
    const FigureReport report = write_figures(read_results(results_), options_);
    for (const std::string& note : report.notes) fmt::print("{}\n", note);
    for (const std::filesystem::path& file : report.files) fmt::print("{}\n", file.string());
  }

 private:
  std::filesystem::path results_;
  FigureOptions options_;
};

const bool registered = Registry<Command>::add("plot", "Draw the figures of a results file",
                                               [] { return std::make_unique<PlotCommand>(); });

}  // namespace
}  // namespace adagrain
