#include "framework/hardware/memory/dram.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/core/error.h"
#include "framework/hardware/reference_table.h"

namespace adagrain {
namespace {

using Order = AccessPattern::Order;

// "4 read streams, alternating bursts, same bank" and the like.
AccessPattern pattern_of(const std::string& text) {
  AccessPattern pattern;
  if (text == "sequential read, ascending") return pattern;
  if (text == "sequential read, descending") return {.order = Order::descending};
  if (text == "random read bursts") return {.order = Order::random};
  if (text.starts_with("reads and writes 2:1")) return {.streams = 2, .written_share = 1.0 / 3};
  pattern.streams = std::stoull(text);
  pattern.same_bank = text.ends_with("same bank");
  if (const auto runs = text.find("runs of "); runs != std::string::npos)
    pattern.run_bytes = std::stoull(text.substr(runs + 8));
  return pattern;
}

TEST(Dram, EveryMeasuredPatternIsWithinFivePoints) {
  const auto rows = read_reference_table(reference_file("dramsim3_streams.csv"));
  ASSERT_FALSE(rows.empty());
  for (const auto& row : rows) {
    SCOPED_TRACE(row.at("config") + ": " + row.at("pattern"));
    const Dram dram = Dram::load(row.at("config"));
    const DramTransfer transfer = dram.transfer(1 << 20, pattern_of(row.at("pattern")), 1000);
    EXPECT_NEAR(transfer.efficiency, std::stod(row.at("efficiency")), 0.05);
    const double bits = static_cast<double>(transfer.transferred_bytes) * 8;
    EXPECT_NEAR(transfer.energy_pj / bits, std::stod(row.at("pj_per_bit_tck_corrected")), 0.01);
    // Cycles of a 1 GHz clock are nanoseconds.
    EXPECT_NEAR(static_cast<double>(transfer.transferred_bytes) / static_cast<double>(transfer.cycles),
                std::stod(row.at("achieved_gb_s")), 0.05 * dram.peak_gb_s());
  }
}

TEST(Dram, TransfersAreWholeBurstsAndTimeIsLinearInThem) {
  for (const std::string& name : Dram::names()) {
    const Dram dram = Dram::load(name);
    EXPECT_EQ(dram.transfer(0, {}, 400).cycles, 0u);
    EXPECT_EQ(dram.transfer(1, {}, 400).transferred_bytes, dram.burst_bytes());
    EXPECT_EQ(dram.transfer(dram.burst_bytes() + 1, {}, 400).bursts, 2u);
    const auto one = dram.transfer(std::uint64_t{1} << 20, {}, 400);
    const auto many = dram.transfer(std::uint64_t{1} << 30, {}, 400);
    EXPECT_NEAR(static_cast<double>(many.cycles) / static_cast<double>(one.cycles), 1024, 0.1);
    EXPECT_DOUBLE_EQ(many.energy_pj, 1024 * one.energy_pj);
  }
}

// More streams in one bank never help, longer runs never hurt once each of them opens a row.
TEST(Dram, EfficiencyIsMonotoneInStreamsAndRuns) {
  for (const std::string& name : Dram::names()) {
    const Dram dram = Dram::load(name);
    double last = 1;
    for (std::uint64_t streams = 1; streams <= 32; ++streams) {
      const double efficiency =
          dram.transfer(1 << 20, {.streams = streams, .same_bank = true}, 400).efficiency;
      EXPECT_LE(efficiency, last + 1e-12) << name << ' ' << streams;
      last = efficiency;
    }
    last = 0;
    for (std::uint64_t bytes = 256; bytes <= 16384; bytes += 256) {
      const double efficiency =
          dram.transfer(1 << 20, {.streams = 4, .run_bytes = bytes, .same_bank = true}, 400).efficiency;
      EXPECT_GE(efficiency, last - 1e-12) << name << ' ' << bytes;
      last = efficiency;
    }
  }
}

// Four streams from two and sixteen, runs of 1024 B from 256 and 4096.
TEST(Dram, PatternsLeftOutOfTheTableArePredicted) {
  const auto table = read_reference_table(reference_file("dramsim3_streams.csv"));
  for (const auto& row : table) {
    const std::string& pattern = row.at("pattern");
    if (!pattern.starts_with("4 read streams") && pattern.find("1024") == std::string::npos) continue;
    std::vector<ReferenceRow> others;
    for (const auto& other : table) {
      if (other.at("config") == row.at("config") && other.at("pattern") != pattern) others.push_back(other);
    }
    const Dram dram = Dram::from_measurements(row.at("config"), others);
    EXPECT_NEAR(dram.transfer(1 << 20, pattern_of(pattern), 1000).efficiency,
                reference_number(row, "efficiency"), 0.07)
        << row.at("config") << ' ' << pattern;
  }
}

TEST(Dram, ATableWithoutAPatternIsRefused) {
  EXPECT_THROW(Dram::from_measurements("none", {}), DataError);
  auto rows = read_reference_table(reference_file("dramsim3_streams.csv"));
  std::erase_if(
      rows, [](const ReferenceRow& row) { return row.at("pattern").find("runs of") != std::string::npos; });
  EXPECT_THROW(Dram::from_measurements("no runs", rows), DataError);
}

TEST(Dram, MistakesNameWhatIsAllowed) {
  EXPECT_THROW(Dram::load("SDR"), ConfigError);
  const Dram dram = Dram::load(Dram::names().front());
  EXPECT_THROW(dram.burst_cost({.streams = 0}), ConfigError);
  EXPECT_THROW(dram.burst_cost({.written_share = 1.5}), ConfigError);
  EXPECT_THROW(dram.burst_cost({.written_share = std::nan("")}), ConfigError);
  EXPECT_THROW(dram.burst_cost({.order = Order::random, .streams = 2}), ConfigError);
  EXPECT_THROW(dram.transfer(1, {}, 0), ConfigError);
}

}  // namespace
}  // namespace adagrain
