#include "framework/hardware/memory/dram.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"
#include "framework/hardware/reference_table.h"

namespace adagrain {

namespace {

// The shortest run that was measured: from here on every turn opens a row.
constexpr double kRunThatOpensARow = 256;
constexpr double kMeasuredWrittenShare = 1.0 / 3;

std::vector<ReferenceRow> measurements() {
  return read_reference_table(reference_file("dramsim3_streams.csv"));
}

BurstCost cost_of(const ReferenceRow& row) {
  const double bursts = reference_number(row, "bursts_done");
  return {.clocks = reference_number(row, "clock_cycles") / bursts,
          .activations = std::min(1.0, reference_number(row, "activations") / bursts),
          .pj_per_bit = reference_number(row, "pj_per_bit_tck_corrected")};
}

BurstCost mix(const BurstCost& a, const BurstCost& b, double share_of_b) {
  const auto between = [share_of_b](double x, double y) { return x + (y - x) * share_of_b; };
  return {between(a.clocks, b.clocks), between(a.activations, b.activations),
          between(a.pj_per_bit, b.pj_per_bit)};
}

// Piecewise linear, constant beyond the ends.
template <typename Curve>
BurstCost interpolate(const Curve& curve, double at) {
  const auto above =
      std::find_if(curve.begin(), curve.end(), [at](const auto& point) { return point.at >= at; });
  if (above == curve.begin()) return above->cost;
  if (above == curve.end()) return curve.back().cost;
  const auto below = std::prev(above);
  return mix(below->cost, above->cost, (at - below->at) / (above->at - below->at));
}

}  // namespace

std::vector<std::string> Dram::names() {
  std::vector<std::string> all;
  for (const ReferenceRow& row : measurements()) {
    if (all.empty() || all.back() != row.at("config")) all.push_back(row.at("config"));
  }
  return all;
}

Dram Dram::load(const std::string& name) {
  std::map<std::string, ReferenceRow> rows;
  for (ReferenceRow& row : measurements()) {
    if (row.at("config") == name) rows.emplace(row.at("pattern"), std::move(row));
  }
  require<ConfigError>(!rows.empty(), "unknown memory '{}'; known: {}", name, fmt::join(names(), ", "));
  const auto measured = [&](const std::string& pattern) -> const ReferenceRow& {
    const auto row = rows.find(pattern);
    require<DataError>(row != rows.end(), "dramsim3_streams.csv lacks '{}' of {}", pattern, name);
    return row->second;
  };

  Dram dram;
  const ReferenceRow& sequential = measured("sequential read, ascending");
  dram.name_ = name;
  dram.channels_ = static_cast<std::uint64_t>(reference_number(sequential, "channels"));
  dram.burst_bytes_ = static_cast<std::uint64_t>(reference_number(sequential, "burst_bytes"));
  dram.tck_ns_ = reference_number(sequential, "tck_ns");
  dram.peak_gb_s_ = reference_number(sequential, "peak_gb_s");
  require<DataError>(dram.burst_bytes_ > 0 && dram.tck_ns_ > 0 && dram.peak_gb_s_ > 0,
                     "dramsim3_streams.csv: {} has no burst, clock or bandwidth", name);
  dram.ascending_ = cost_of(sequential);
  dram.descending_ = cost_of(measured("sequential read, descending"));
  dram.random_ = cost_of(measured("random read bursts"));
  dram.mixed_ = cost_of(measured("reads and writes 2:1, alternating bursts, other banks"));
  dram.same_bank_ = dram.other_banks_ = {{0, dram.ascending_}};
  for (const int streams : {2, 4, 16}) {
    for (const bool same : {true, false}) {
      const auto& row = measured(fmt::format("{} read streams, alternating bursts, {}", streams,
                                             same ? "same bank" : "other banks"));
      (same ? dram.same_bank_ : dram.other_banks_).push_back({std::log2(streams), cost_of(row)});
    }
  }
  for (const int bytes : {256, 1024, 4096}) {
    dram.runs_.push_back(
        {std::log2(bytes), cost_of(measured(fmt::format("2 read streams, runs of {} B, same bank", bytes)))});
  }
  return dram;
}

BurstCost Dram::interleaved(const AccessPattern& pattern) const {
  const double streams = std::log2(static_cast<double>(pattern.streams));
  if (!pattern.same_bank) return interpolate(other_banks_, streams);
  const BurstCost alternating = interpolate(same_bank_, streams);
  const double burst = static_cast<double>(burst_bytes_);
  const double run = std::max(static_cast<double>(pattern.run_bytes), burst);
  if (pattern.streams == 1 || run <= burst) return alternating;
  const BurstCost turns = interpolate(runs_, std::log2(run));
  if (run >= kRunThatOpensARow) return turns;
  return mix(alternating, turns, std::log2(run / burst) / std::log2(kRunThatOpensARow / burst));
}

BurstCost Dram::burst_cost(const AccessPattern& pattern) const {
  require<ConfigError>(pattern.streams >= 1, "access pattern: 0 streams; allowed: 1 or more");
  require<ConfigError>(pattern.written_share >= 0 && pattern.written_share <= 1,
                       "access pattern: a written share of {}; allowed: 0 to 1", pattern.written_share);
  if (pattern.order != AccessPattern::Order::ascending) {
    require<ConfigError>(
        pattern.streams == 1 && pattern.written_share == 0,
        "access pattern: {} streams with a written share of {}; in descending or random order only "
        "one stream of reads is measured",
        pattern.streams, pattern.written_share);
    return pattern.order == AccessPattern::Order::descending ? descending_ : random_;
  }
  const BurstCost reads = interleaved(pattern);
  const double turned = std::min(pattern.written_share, 1 - pattern.written_share);
  if (turned == 0) return reads;
  const double share = std::min(1.0, turned / kMeasuredWrittenShare);
  // Measured with two streams on different banks: what turning the bus costs beyond them.
  const BurstCost& undisturbed = other_banks_.at(1).cost;
  return {
      .clocks = std::max(peak_clocks(), reads.clocks + share * (mixed_.clocks - undisturbed.clocks)),
      .activations = reads.activations,
      .pj_per_bit = std::max(0.0, reads.pj_per_bit + share * (mixed_.pj_per_bit - undisturbed.pj_per_bit))};
}

double Dram::peak_clocks() const {
  return static_cast<double>(burst_bytes_) / peak_gb_s_ / tck_ns_;
}

DramTransfer Dram::transfer(std::uint64_t bytes, const AccessPattern& pattern, double clock_mhz) const {
  require<ConfigError>(clock_mhz > 0 && std::isfinite(clock_mhz), "clock is {} MHz; allowed: more than 0",
                       clock_mhz);
  const BurstCost cost = burst_cost(pattern);
  DramTransfer transfer;
  transfer.bursts = divide_up(bytes, burst_bytes_);
  transfer.transferred_bytes = transfer.bursts * burst_bytes_;
  transfer.efficiency = std::min(1.0, peak_clocks() / cost.clocks);
  transfer.row_hit_rate = 1 - cost.activations;
  const double ns = static_cast<double>(transfer.bursts) * cost.clocks * tck_ns_;
  transfer.cycles = static_cast<std::uint64_t>(std::ceil(ns * clock_mhz * 1e-3));
  transfer.energy_pj = static_cast<double>(transfer.transferred_bytes) * 8 * cost.pj_per_bit;
  return transfer;
}

}  // namespace adagrain
