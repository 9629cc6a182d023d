#include "framework/hardware/compatibility/eie.h"

#include <gtest/gtest.h>

#include "framework/core/error.h"
#include "framework/hardware/reference_table.h"
#include "tests/hardware/hardware_test_data.h"

namespace adagrain {
namespace {

constexpr double kClockMhz = 800;

TEST(Eie, ThePublishedTimesAreWithinAFifth) {
  const auto rows = read_reference_table(hardware_test_data("eie_times.csv"));
  ASSERT_FALSE(rows.empty());
  for (const auto& row : rows) {
    const EieRun run = execute_eie({.inputs = std::stoull(row.at("inputs")),
                                    .outputs = std::stoull(row.at("outputs")),
                                    .weight_density = std::stod(row.at("weight_density")),
                                    .activation_density = std::stod(row.at("activation_density"))});
    const double theoretical = run.theoretical_cycles / kClockMhz;
    const double actual = static_cast<double>(run.cycles) / kClockMhz;
    RecordProperty(row.at("layer"), fmt::format("{:.1f} {:.1f}", theoretical, actual));
    EXPECT_NEAR(theoretical / std::stod(row.at("theoretical_us")), 1, 0.2)
        << row.at("layer") << ' ' << theoretical;
    EXPECT_NEAR(actual / std::stod(row.at("actual_us")), 1, 0.2) << row.at("layer") << ' ' << actual;
  }
}

// One element: 40 dense outputs of 3 inputs take a cycle an entry, and the queue never holds anything up.
TEST(Eie, ADenseLayerOnOneElementTakesACycleAWeight) {
  const EieRun run = execute_eie({.inputs = 3, .outputs = 40, .elements = 1});
  EXPECT_EQ(run.entries, 120u);
  EXPECT_EQ(run.padding_entries, 0u);
  EXPECT_DOUBLE_EQ(run.theoretical_cycles, 120);
  EXPECT_EQ(run.cycles, 1u + 120);  // the first input is broadcast in a cycle of its own
}

// 64 zeros of one element: an entry for every 16th.
TEST(Eie, SixteenZerosAreAPaddingEntry) {
  const EieRun run = execute_eie({.inputs = 5, .outputs = 64, .weight_density = 0, .elements = 1});
  EXPECT_EQ(run.entries, 5u * 4);
  EXPECT_EQ(run.padding_entries, 5u * 4);
  EXPECT_EQ(run.end_entries, 5u * 4);  // no weight follows
  EXPECT_EQ(run.theoretical_cycles, 0);
}

TEST(Eie, NoActivationTakesNoTime) {
  const EieRun run = execute_eie({.inputs = 5, .outputs = 64, .activation_density = 0});
  EXPECT_EQ(run.entries, 0u);
  EXPECT_EQ(run.cycles, 0u);
}

TEST(Eie, DeeperQueuesNeverTakeLonger) {
  std::uint64_t last = ~std::uint64_t{0};
  for (const std::uint64_t depth : {1, 2, 4, 8, 16, 64}) {
    const EieRun run =
        execute_eie({.inputs = 500, .outputs = 600, .weight_density = 0.1, .queue_depth = depth});
    EXPECT_LE(run.cycles, last) << depth;
    EXPECT_GE(static_cast<double>(run.cycles), run.theoretical_cycles);
    last = run.cycles;
  }
}

TEST(Eie, ASeedDrawsTheSameMasks) {
  const EieLayer layer{
      .inputs = 100, .outputs = 200, .weight_density = 0.3, .activation_density = 0.5, .seed = 9};
  EXPECT_EQ(execute_eie(layer).cycles, execute_eie(layer).cycles);
  EieLayer other = layer;
  other.seed = 10;
  EXPECT_NE(execute_eie(layer).entries, execute_eie(other).entries);
}

TEST(Eie, MistakesNameWhatIsAllowed) {
  EXPECT_THROW(execute_eie({.inputs = 0, .outputs = 5}), ConfigError);
  EXPECT_THROW(execute_eie({.inputs = 5, .outputs = 5, .weight_density = 1.5}), ConfigError);
  EXPECT_THROW(execute_eie({.inputs = 5, .outputs = 5, .activation_density = -0.5}), ConfigError);
  EXPECT_THROW(execute_eie({.inputs = 5, .outputs = 5, .elements = 0}), ConfigError);
  EXPECT_THROW(execute_eie({.inputs = 5, .outputs = 5, .queue_depth = 5000}), ConfigError);
  EXPECT_THROW(execute_eie({.inputs = 1 << 20, .outputs = 1 << 20}), ConfigError);
}

}  // namespace
}  // namespace adagrain
