#include "framework/report/figures.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/random.h"
#include "framework/core/registry.h"
#include "framework/report/figure.h"
#include "framework/report/gnuplot.h"
#include "framework/report/ratio_tables.h"
#include "framework/report/results_file.h"
#include "framework/report/run_summary.h"
#include "tests/report/append_rows.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

const std::vector<std::string> networks = {"lenet5_caffe", "vgg_small", "resnet20"};
const std::vector<std::string> policies = {"uniform",    "rule_based", "single_step",
                                           "lagrangian", "learned",    "oracle"};
const std::vector<double> budgets = {0.2, 0.5, 1.0};
const std::vector<int> layer_counts = {4, 8, 20};
constexpr int kSeeds = 3, kSteps = 14, kUpdates = 12;

// Tables of an imagined experiment, every cell filled in the shape a real one has.
class Experiment {
 public:
  explicit Experiment(const std::filesystem::path& path) : random_(7, "figures") {
    file_.add(empty_tables<RunRow>());
    file_.add(empty_tables<LayerRow>());
    file_.add(empty_tables<StepRow>());
    file_.add(empty_tables<TrainingProfileRow>());
    file_.add(empty_tables<TrainingRow>());
    file_.add(empty_tables<ReferenceRow>());
    for (std::size_t network = 0; network < networks.size(); ++network)
      for (std::size_t policy = 0; policy < policies.size(); ++policy)
        for (const double budget : budgets)
          for (int seed = 1; seed <= kSeeds; ++seed) add_trial(network, policy, budget, seed);
    add_training();
    for (const std::string& network : networks) {
      for (const char* preset : {"edge", "server"})
        append(file_, ReferenceRow{network, "fashion_mnist", preset, 1'724'320, 4'000'000, 6e8, 2'000'000});
    }
    write_results(path, file_);
  }

 private:
  void add_trial(std::size_t network, std::size_t policy, double budget, int seed) {
    const double skill = 0.7 + 0.12 * static_cast<double>(policy);
    RunRow run{.run = fmt::format("{}/{}/{}/{}", networks[network], policies[policy], budget, seed),
               .network = networks[network],
               .dataset = "fashion_mnist",
               .policy = policies[policy],
               .seed = seed,
               .max_drop_points = budget,
               .hardware = "edge",
               .float32_bytes = 1'724'320,
               .ratio = (30.0 - 8.0 * static_cast<double>(network)) * skill * std::pow(budget / 0.5, 0.3) *
                        (1 + 0.04 * random_.normal()),
               .reference_accuracy = 0.915,
               .evaluations = 20,
               .within_budget = policy > 0 || budget > 0.3,
               .seconds = 12};
    run.file_bytes = static_cast<std::int64_t>(static_cast<double>(run.float32_bytes) / run.ratio);
    run.validation_drop_points = budget * (0.8 + 0.15 * random_.uniform());
    run.drop_points = run.validation_drop_points + 0.12 * random_.normal();
    run.accuracy = run.reference_accuracy - run.drop_points / 100;
    run.cycles = static_cast<std::int64_t>(2e6 / skill);
    run.energy_pj = 3e8 / skill * (1 + 0.02 * random_.normal());
    run.off_chip_bytes = run.file_bytes + 120'000;
    run.decode_lanes = 4;
    run.area_mm2 = 3.5;
    append(file_, run);
    run.hardware = "server";
    run.decode_lanes = 32;
    run.area_mm2 = 60;
    append(file_, run);
    add_layers(run, layer_counts[network]);
    add_steps(run);
  }

  void add_layers(const RunRow& run, int count) {
    const char* granularities[] = {"layer", "element", "block", "feature_map"};
    const char* schemes[] = {"quantize+ans", "prune+quantize+ans", "quantize", "ans"};
    std::vector<LayerRow> rows;
    for (int layer = 0; layer < count; ++layer) {
      LayerRow row{.run = run.run,
                   .layer = fmt::format("stage{}.block{}.conv{}", layer / 6, layer / 2 % 3, layer % 2),
                   .depth = layer,
                   .operation = "conv2d",
                   .rows = 32,
                   .columns = 288,
                   .granularity = granularities[random_.below(4)],
                   .scheme = schemes[random_.below(4)],
                   .parameters = "bits=4",
                   .bits_per_weight = 0.8 + 4 * random_.uniform(),
                   .hardware = "edge"};
      row.payload_bytes = run.file_bytes * 9 / 10 / count;
      row.metadata_bytes = row.payload_bytes / 15;
      row.table_bytes = row.payload_bytes / 9;
      row.data_bytes = row.payload_bytes - row.metadata_bytes - row.table_bytes;
      row.macs = 1'000'000;
      row.cycles = run.cycles / count;
      row.off_chip_bytes = row.payload_bytes + 5'000;
      row.bound = "decode";
      row.dram_weights_pj = 64.0 * static_cast<double>(row.payload_bytes);
      row.compute_pj = 0.23 * static_cast<double>(row.macs);
      rows.push_back(row);
      row.hardware = "server";
      rows.push_back(row);
    }
    append_all(file_, rows);
  }

  void add_steps(const RunRow& run) {
    std::vector<StepRow> rows;
    for (int step = 0; step < kSteps; ++step) {
      const double over = 2.5 * std::exp(-step / 3.0) * std::cos(2.1 * step);
      rows.push_back(
          {.run = run.run,
           .step = step,
           .action = step < 7 ? "pressure" : "back_off",
           .pressure = 0.5,
           .file_bytes = static_cast<std::int64_t>(static_cast<double>(run.file_bytes) * (1 - over / 6)),
           .validation_drop_points = run.validation_drop_points + 0.4 * over,
           .kept = over < 0});
    }
    append_all(file_, rows);
  }

  void add_training() {
    for (const std::string run : {"lenet5_caffe dense", "lenet5_caffe fine-tuned"}) {
      for (int update = 0; update < kUpdates; ++update) {
        for (int layer = 0; layer < layer_counts[0]; ++layer) {
          TrainingProfileRow row{.run = run,
                                 .step = 100 * update,
                                 .epoch = update,
                                 .layer = fmt::format("layer{}", layer),
                                 .depth = layer};
          row.weights = {.count = 500,
                         .entropy_bits = 6.5 - 0.1 * update - 0.4 * layer,
                         .sparsity = 0.02 * update,
                         .dynamic_range_db = 9.0 + layer + 0.2 * update};
          row.activations = {.count = 500,
                             .entropy_bits = 5.0 - 0.3 * layer,
                             .sparsity = 0.4 + 0.05 * layer,
                             .dynamic_range_db = 14.0 + layer};
          append(file_, row);
        }
        append(file_, TrainingRow{.run = run,
                                  .epoch = update,
                                  .learning_rate = 0.001,
                                  .train_loss = std::exp(-0.3 * update),
                                  .validation_accuracy = 0.92 - 0.3 * std::exp(-0.5 * update),
                                  .ratio = run.ends_with("fine-tuned") ? 20.0 + 4 * update : 0.0});
      }
    }
  }

  Results file_;
  RandomStream random_;
};

class FiguresTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch = std::make_unique<TemporaryFolder>();
    folder = scratch->path();
    Experiment(folder / "experiment.h5");
  }
  static void TearDownTestSuite() { scratch.reset(); }

  static inline std::unique_ptr<TemporaryFolder> scratch;
  static inline std::filesystem::path folder;
};

// Lines of a CSV without its header.
std::size_t rows_of(const std::filesystem::path& csv) {
  const std::vector<std::uint8_t> bytes = read_file(csv);
  return static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')) - 1;
}

// What is reported is what is there: the table of ratios, and for each drawing all of these endings.
void expect_whole_drawings(const FigureReport& report, const std::filesystem::path& to,
                           const std::set<std::string>& endings) {
  std::map<std::filesystem::path, std::set<std::string>> drawings;
  for (const auto& entry : std::filesystem::directory_iterator(to)) {
    EXPECT_EQ(std::count(report.files.begin(), report.files.end(), entry.path()), 1) << entry.path();
    drawings[entry.path().stem()].insert(entry.path().extension());
  }
  EXPECT_EQ(drawings["ratios"], std::set<std::string>{".md"});
  drawings.erase("ratios");
  EXPECT_FALSE(drawings.empty());
  for (const auto& [name, found] : drawings) EXPECT_EQ(found, endings) << name;
}

TEST_F(FiguresTest, EveryFigureWritesPicturesScriptAndExactlyItsRows) {
  const Results results = read_results(folder / "experiment.h5");
  const std::filesystem::path to = folder / "all";
  const FigureReport report = write_figures(results, {.folder = to, .figures = {}});
  for (const std::string& note : report.notes) EXPECT_TRUE(note.ends_with("is not in the file")) << note;
  for (const std::filesystem::path& file : report.files)
    EXPECT_GT(std::filesystem::file_size(file), 100U) << file;
  const std::size_t points = networks.size() * policies.size();
  EXPECT_EQ(rows_of(to / "pareto.csv"), points * budgets.size());
  EXPECT_EQ(rows_of(to / "policies.csv"), points * budgets.size());
  EXPECT_EQ(rows_of(to / "bytes.csv"), points);
  EXPECT_EQ(rows_of(to / "hardware_edge.csv"), points * 3);
  EXPECT_EQ(rows_of(to / "hardware_server.csv"), points * 3);
  EXPECT_EQ(rows_of(to / "choices_resnet20.csv"), policies.size() * 20);
  EXPECT_EQ(rows_of(to / "monitor_vgg_small.csv"), policies.size() * kSteps);
  EXPECT_EQ(rows_of(to / "training_profile_lenet5_caffe_dense.csv"), std::size_t{2} * kUpdates * 4);
  EXPECT_EQ(rows_of(to / "training.csv"), std::size_t{2} * kUpdates);
  expect_whole_drawings(report, to, {".csv", ".gp", ".pdf", ".svg", ".png"});
}

TEST_F(FiguresTest, AScriptDrawsAgainByItself) {
  const Results results = read_results(folder / "experiment.h5");
  const std::filesystem::path to = folder / "again", elsewhere = folder / "elsewhere";
  write_figures(results, {.folder = to, .figures = {"pareto"}, .formats = {"svg"}});
  EXPECT_FALSE(std::filesystem::exists(to / "pareto.pdf"));
  std::filesystem::create_directory(elsewhere);
  for (const char* name : {"pareto.csv", "pareto.gp"}) std::filesystem::copy(to / name, elsewhere / name);
  run_gnuplot(elsewhere, "pareto.gp");
  EXPECT_EQ(read_file(to / "pareto.svg"), read_file(elsewhere / "pareto.svg"));
}

TEST_F(FiguresTest, MissingTablesAreSkippedUnlessAskedFor) {
  {
    Results file;
    file.add(empty_tables<RunRow>());
    write_results(folder / "empty.h5", file);
  }
  const Results results = read_results(folder / "empty.h5");
  const FigureReport report = write_figures(results, {.folder = folder / "none", .figures = {}});
  EXPECT_TRUE(report.files.empty());
  EXPECT_EQ(report.notes.size(), Registry<Figure>::names().size());
  EXPECT_THROW(write_figures(results, {.folder = folder / "none", .figures = {"pareto"}}), DataError);
  EXPECT_THROW(write_figures(results, {.folder = folder / "none", .figures = {"monitor"}}), DataError);
  EXPECT_THROW(write_figures(results, {.folder = folder / "none", .figures = {"pie"}}), ConfigError);
  EXPECT_THROW(write_figures(results, {.folder = folder / "none", .figures = {}, .formats = {"jpg"}}),
               ConfigError);
}

TEST_F(FiguresTest, AnOrdinaryTrialAloneIsEnough) {
  {
    Results file;
    file.add(empty_tables<RunRow>());
    append(file, RunRow{.run = "it's \"odd\", `ls`",
                        .network = "net'; system('touch owned'); #",
                        .policy = "a,\"b'",
                        .max_drop_points = 0.5,
                        .file_bytes = 10,
                        .float32_bytes = 100,
                        .ratio = 10,
                        .drop_points = std::nan(""),
                        .cycles = 5,
                        .energy_pj = 1,
                        .off_chip_bytes = 3});
    file.add(empty_tables<ReferenceRow>());
    append(file, ReferenceRow{"net'; system('touch owned'); #", "", "", 100, 5, 2, 90});
    write_results(folder / "one.h5", file);
  }
  const Results results = read_results(folder / "one.h5");
  const FigureReport report =
      write_figures(results, {.folder = folder / "odd", .figures = {}, .formats = {"svg"}});
  expect_whole_drawings(report, folder / "odd", {".csv", ".gp", ".svg"});
  EXPECT_FALSE(std::filesystem::exists(folder / "odd" / "owned"));
}

// A line of its own in a script would be run.
TEST_F(FiguresTest, TextsOfAFileStayWithinTheirLine) {
  {
    Results file;
    file.add(empty_tables<RunRow>());
    file.add(empty_tables<LayerRow>());
    file.add(empty_tables<StepRow>());
    const std::string text = "x\nsystem('touch ran')\n#";
    append(file, RunRow{.run = text,
                        .network = text,
                        .policy = text,
                        .max_drop_points = 1,
                        .hardware = text,
                        .file_bytes = 10,
                        .ratio = 2});
    append(file, LayerRow{.run = text, .layer = text, .granularity = text, .hardware = text});
    append(file, StepRow{.run = text, .action = text, .file_bytes = 10});
    write_results(folder / "hostile.h5", file);
  }
  const Results results = read_results(folder / "hostile.h5");
  const std::filesystem::path to = folder / "hostile";
  write_figures(results, {.folder = to, .figures = {}, .formats = {"svg"}});
  std::size_t scripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(to)) {
    if (entry.path().extension() != ".gp") continue;
    ++scripts;
    const std::vector<std::uint8_t> script = read_file(entry.path());
    EXPECT_EQ(std::string(script.begin(), script.end()).find("\nsystem"), std::string::npos) << entry.path();
  }
  EXPECT_GE(scripts, 3U);
  EXPECT_FALSE(std::filesystem::exists(to / "ran"));
}

TEST_F(FiguresTest, RunsWithoutABudgetMakeNoFigure) {
  {
    Results file;
    file.add(empty_tables<RunRow>());
    append(file, RunRow{.run = "a", .network = "n", .policy = "p", .max_drop_points = NAN, .ratio = 2});
    write_results(folder / "endless.h5", file);
  }
  const Results results = read_results(folder / "endless.h5");
  for (const char* figure : {"policies", "pareto", "hardware", "bytes", "choices", "monitor"})
    EXPECT_TRUE(Registry<Figure>::create(figure)->draw(results).empty()) << figure;
}

TEST_F(FiguresTest, AMissingGnuplotNamesItsPackage) {
  try {
    run_gnuplot(folder, "a.gp", "adagrain-no-such-program");
    ADD_FAILURE() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("gnuplot-nox"), std::string::npos) << error.what();
  }
  EXPECT_THROW(run_gnuplot(folder, "nothing.gp"), DataError);
}

TEST(RunSummary, SpreadsAreSampleStandardDeviations) {
  const Spread three = spread({1, 2, 6});  // statistics.stdev([1, 2, 6]) in Python
  EXPECT_DOUBLE_EQ(three.mean, 3);
  EXPECT_DOUBLE_EQ(three.deviation, 2.6457513110645907);
  EXPECT_EQ(three.count, 3);
  EXPECT_EQ(spread({4}).deviation, 0);
}

TEST(RunSummary, ATrialCountsOnceHoweverManyPresets) {
  std::vector<RunRow> rows;
  for (const char* preset : {"edge", "server"})
    for (std::int64_t seed = 1; seed <= 2; ++seed)
      rows.push_back({.run = "r",
                      .network = "n",
                      .dataset = "d",
                      .policy = "p",
                      .seed = seed,
                      .max_drop_points = 0.5,
                      .hardware = preset,
                      .ratio = static_cast<double>(seed)});
  const RunSummary summary = summarise(rows);
  ASSERT_EQ(summary.groups.size(), 1U);
  EXPECT_EQ(summary.groups[0].of(&RunRow::ratio).count, 2);
  EXPECT_EQ(summary.hardware, (std::vector<std::string>{"edge", "server"}));
}

TEST(RatioTables, OneForEachBudgetWithWhatEachCellHas) {
  std::vector<RunRow> rows;
  const auto add = [&](const char* network, const char* policy, double budget, double ratio, double drop,
                       bool within) {
    rows.push_back({.network = network,
                    .dataset = "d",
                    .policy = policy,
                    .max_drop_points = budget,
                    .ratio = ratio,
                    .drop_points = drop,
                    .within_budget = within});
  };
  add("a", "p", 0.5, 12, 0.3, true);
  add("a", "p", 0.5, 14, 0.5, false);
  add("b", "p", 0.5, 9.04, 0.1, true);
  add("b", "p", 0.5, 9.02, 0.1, true);
  add("a", "q|r", 0.5, 8, -0.05, true);
  add("a", "p", 1, 20, 1, true);
  EXPECT_EQ(
      ratio_tables(summarise(rows)),
      "Ratio at 0.5 points of validation drop allowed ± standard deviation over seeds (drop on test); \\* "
      "over the budget.\n\n"
      "| policy | a | b |\n|---|---:|---:|\n"
      "| p | 13.0 ± 1.4 (0.40)\\* | 9.0 (0.10) |\n"
      "| q\\|r | 8.0 (-0.05) | - |\n"
      "\nRatio at 1 point of validation drop allowed ± standard deviation over seeds (drop on test); \\* "
      "over the budget.\n\n"
      "| policy | a | b |\n|---|---:|---:|\n"
      "| p | 20.0 (1.00) | - |\n"
      "| q\\|r | - | - |\n");
  EXPECT_EQ(ratio_tables(summarise({})), "");
}

}  // namespace
}  // namespace adagrain
