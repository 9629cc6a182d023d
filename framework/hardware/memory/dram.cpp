#include "framework/hardware/memory/dram.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "framework/core/error.h"
#include "framework/hardware/arrays/divide_up.h"

namespace adagrain {

namespace {

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

// Of a text that begins with one.
double leading_number(const std::string& text) {
  const double number = std::strtod(text.c_str(), nullptr);
  require<DataError>(number >= 1, "dramsim3_streams.csv: no number of streams or bytes in '{}'", text);
  return number;
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
  std::vector<ReferenceRow> rows;
  for (ReferenceRow& row : measurements()) {
    if (row.at("config") == name) rows.push_back(std::move(row));
  }
  require<ConfigError>(!rows.empty(), "unknown memory '{}'; known: {}", name, fmt::join(names(), ", "));
  return from_measurements(name, rows);
}

Dram Dram::from_measurements(const std::string& name, const std::vector<ReferenceRow>& rows) {
  const auto measured = [&](const std::string& pattern) -> const ReferenceRow& {
    for (const ReferenceRow& row : rows) {
      if (row.at("pattern") == pattern) return row;
    }
    throw DataError(fmt::format("{}: '{}' is not measured", name, pattern));
  };
  Dram dram;
  const ReferenceRow& sequential = measured("sequential read, ascending");
  dram.name_ = name;
  dram.channels_ = static_cast<std::uint64_t>(reference_number(sequential, "channels"));
  dram.burst_bytes_ = static_cast<std::uint64_t>(reference_number(sequential, "burst_bytes"));
  dram.tck_ns_ = reference_number(sequential, "tck_ns");
  dram.peak_gb_s_ = reference_number(sequential, "peak_gb_s");
  require<DataError>(dram.burst_bytes_ > 0 && dram.tck_ns_ > 0 && dram.peak_gb_s_ > 0,
                     "{}: no burst, clock or bandwidth", name);
  dram.ascending_ = cost_of(sequential);
  dram.descending_ = cost_of(measured("sequential read, descending"));
  dram.random_ = cost_of(measured("random read bursts"));
  dram.mixed_ = cost_of(measured("reads and writes 2:1, alternating bursts, other banks"));

  for (const ReferenceRow& row : rows) {
    const std::string& pattern = row.at("pattern");
    const auto runs = pattern.find("runs of ");
    if (pattern.find(" read streams, ") == std::string::npos) continue;
    Curve& curve = runs != std::string::npos        ? dram.runs_
                   : pattern.ends_with("same bank") ? dram.same_bank_
                                                    : dram.other_banks_;
    const double at =
        runs != std::string::npos ? 1 / leading_number(pattern.substr(runs + 8)) : leading_number(pattern);
    curve.push_back({at, cost_of(row)});
  }
  dram.same_bank_.push_back({1, dram.ascending_});
  dram.other_banks_.push_back({1, dram.ascending_});
  for (Curve* curve : {&dram.same_bank_, &dram.other_banks_, &dram.runs_}) {
    require<DataError>(curve->size() >= 2, "{}: too few streams or runs are measured", name);
    std::sort(curve->begin(), curve->end(), [](const Point& a, const Point& b) { return a.at < b.at; });
  }
  return dram;
}

BurstCost Dram::interleaved(const AccessPattern& pattern) const {
  const double streams = static_cast<double>(pattern.streams);
  if (!pattern.same_bank) return interpolate(other_banks_, streams);
  const BurstCost alternating = interpolate(same_bank_, streams);
  const double burst = static_cast<double>(burst_bytes_);
  const double run = std::max(static_cast<double>(pattern.run_bytes), burst);
  if (pattern.streams == 1 || run <= burst) return alternating;
  // What was measured at the shortest run is reached from single bursts in the same way.
  const Point& shortest = runs_.back();
  if (1 / run <= shortest.at) return interpolate(runs_, 1 / run);
  return mix(alternating, shortest.cost, (1 / burst - 1 / run) / (1 / burst - shortest.at));
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
