// A figure of one's own is one file: this one registers itself, and `plot` draws it like any other.
#include <gtest/gtest.h>

#include <map>

#include "framework/core/files.h"
#include "framework/core/registry.h"
#include "framework/report/figure.h"
#include "framework/report/figures.h"
#include "framework/report/results_file.h"
#include "framework/report/schema.h"
#include "tests/report/append_rows.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

// How many evaluations each policy took in all.
class Evaluations : public Figure {
 public:
  std::string table() const override { return RunRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    std::map<std::string, std::int64_t> sums;
    for (const RunRow& row : read_rows<RunRow>(results)) sums[row.policy] += row.evaluations;
    if (sums.empty()) return {};
    Drawing drawing{"evaluations", "Evaluations of each policy", CsvTable({"policy", "evaluations"}), {}, ""};
    for (const auto& [policy, sum] : sums) drawing.data.add({policy, sum});
    drawing.commands = "plot csv using 'evaluations':xtic(1) with boxes notitle\n";
    return {drawing};
  }
};

const bool registered = Registry<Figure>::add("evaluations", "evaluations of each policy, for tests",
                                              [] { return std::make_unique<Evaluations>(); });

TEST(OwnFigure, IsDrawnThroughTheRegistry) {
  const TemporaryFolder folder;
  {
    Results file;
    file.add(empty_tables<RunRow>());
    append(file, RunRow{.run = "1", .policy = "uniform", .max_drop_points = 1, .evaluations = 3});
    append(file, RunRow{.run = "2", .policy = "oracle", .max_drop_points = 1, .evaluations = 5});
    append(file, RunRow{.run = "3", .policy = "uniform", .max_drop_points = 2, .evaluations = 4});
    write_results(folder / "a.h5", file);
  }
  const Results results = read_results(folder / "a.h5");
  const FigureReport report =
      write_figures(results, {.folder = folder / "figures", .figures = {"evaluations"}, .formats = {"svg"}});
  EXPECT_TRUE(report.notes.empty());
  std::vector<std::filesystem::path> expected;
  for (const char* ending : {"csv", "gp", "svg"})
    expected.push_back(folder / "figures" / (std::string("evaluations.") + ending));
  EXPECT_EQ(report.files, expected);
  for (const auto& file : expected) EXPECT_GT(std::filesystem::file_size(file), 0U) << file;
  const std::vector<std::uint8_t> csv = read_file(expected[0]);
  EXPECT_EQ(std::string(csv.begin(), csv.end()), "policy,evaluations\noracle,5\nuniform,7\n");
}

}  // namespace
}  // namespace adagrain
