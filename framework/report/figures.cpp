#include "framework/report/figures.h"

#include <algorithm>

#include "framework/core/files.h"
#include "framework/report/figure.h"
#include "framework/report/gnuplot.h"
#include "framework/report/ratio_tables.h"

namespace adagrain {

namespace {

void check_formats(const std::vector<std::string>& formats) {
  const std::vector<std::string> known = {"pdf", "svg", "png"};
  require<ConfigError>(!formats.empty(), "plot: no format was given; allowed: {}", fmt::join(known, ", "));
  for (const std::string& format : formats)
    require<ConfigError>(std::find(known.begin(), known.end(), format) != known.end(),
                         "plot: format is '{}'; allowed: {}", format, fmt::join(known, ", "));
}

void write_drawing(const Drawing& drawing, const FigureOptions& options, FigureReport& report) {
  const std::filesystem::path csv = options.folder / (drawing.name + ".csv");
  const std::filesystem::path script = options.folder / (drawing.name + ".gp");
  write_file_atomically(csv, drawing.data.text());
  write_file_atomically(script, gnuplot_script(drawing, options.formats));
  run_gnuplot(options.folder, script.filename().string());
  report.files.push_back(csv);
  report.files.push_back(script);
  for (const std::string& format : options.formats)
    report.files.push_back(options.folder / (drawing.name + "." + format));
}

void write_tables(const Results& results, const FigureOptions& options, FigureReport& report) {
  const std::string text = ratio_tables(summarise(read_rows<RunRow>(results)));
  if (text.empty()) return;
  report.files.push_back(options.folder / "ratios.md");
  write_file_atomically(report.files.back(), text);
}

}  // namespace

FigureReport write_figures(const Results& results, const FigureOptions& options) {
  check_formats(options.formats);
  const bool all = options.figures.empty();
  const std::vector<std::string> names = all ? Registry<Figure>::names() : options.figures;
  std::vector<std::unique_ptr<Figure>> figures;
  for (const std::string& name : names) figures.push_back(Registry<Figure>::create(name));
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  require<DataError>(!error, "{}: cannot make this folder: {}", options.folder.string(), error.message());

  FigureReport report;
  for (std::size_t index = 0; index < figures.size(); ++index) {
    const std::string table = figures[index]->table();
    const bool present = results.has(table);
    std::vector<Drawing> drawings;
    std::string reason = fmt::format("{} {}", table, present ? "has no rows to show" : "is not in the file");
    try {
      if (present) drawings = figures[index]->draw(results);
    } catch (const DataError& error) {  // columns of an earlier version of the program
      reason = fmt::format("{}: {}", table, error.what());
    }
    if (drawings.empty()) {
      require<DataError>(all, "figure '{}': {}", names[index], reason);
      report.notes.push_back(fmt::format("{}: skipped, {}", names[index], reason));
    }
    for (const Drawing& drawing : drawings) write_drawing(drawing, options, report);
  }
  if (all && results.has(RunRow::path)) write_tables(results, options, report);
  return report;
}

}  // namespace adagrain
