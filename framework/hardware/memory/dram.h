// What a transfer takes of a DRAM: whole bursts, the bandwidth that the pattern of accesses leaves, energy.
//
//   bursts      = ceil(bytes / burst_bytes)                     transferred = bursts * burst_bytes
//   time        = bursts * clocks_per_burst(pattern) * tck      efficiency  = peak time / time
//   energy      = transferred bits * pj_per_bit(pattern)
//
// clocks_per_burst, activations a burst and pj_per_bit are what DRAMsim3 takes for 13 patterns on each memory
// (hardware/reference/dramsim3_streams.csv, energies of devices, background and refresh included). Between
// them:
//   streams     linear in their number; 16 or more count as 16
//   runs        linear in 1 / bytes a stream has at a turn, where streams meet in one bank: what opening a
//   row takes is
//               spread over the run. From 256 B on a turn opens a row whatever the number of streams, so runs
//               of many streams take what runs of two take
//   writes      linear in min(written, read share) up to one third; a stream of writes alone counts as reads
// Left out of the table, four streams are predicted from two and sixteen, and runs of 1024 B from those of
// 256 and 4096, within 7 points of efficiency. A closed form of rows and banks cannot replace the table:
// schedulers reorder, refresh and channels interfere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/hardware/reference_table.h"

namespace adagrain {

struct AccessPattern {
  enum class Order { ascending, descending, random };
  Order order = Order::ascending;  // another one than ascending is measured for one stream of reads
  std::uint64_t streams = 1;       // read or written in turn
  std::uint64_t run_bytes = 0;     // of a stream at a turn; 0 or less than a burst: one burst
  bool same_bank = false;          // the streams lie in different rows of one bank
  double written_share = 0;        // of the bytes, 0 to 1
};

// What one memory takes for a pattern, a burst on average over all channels.
struct BurstCost {
  double clocks = 0;       // of the memory's clock
  double activations = 0;  // rows opened
  double pj_per_bit = 0;
};

struct DramTransfer {
  std::uint64_t bursts = 0;
  std::uint64_t transferred_bytes = 0;
  double efficiency = 0;     // of the peak bandwidth, 0 to 1
  double row_hit_rate = 0;   // bursts that find their row open, 0 to 1
  std::uint64_t cycles = 0;  // of the accelerator's clock, rounded up
  double energy_pj = 0;
};

class Dram {
 public:
  // The memories in the table, in its order.
  static std::vector<std::string> names();
  // Throws ConfigError that lists the known names.
  static Dram load(const std::string& name);
  // From rows of such a table: both sequential patterns, random bursts, reads and writes 2:1, two or more
  // numbers of streams of each kind and lengths of runs. Throws DataError that names what is missing.
  static Dram from_measurements(const std::string& name, const std::vector<ReferenceRow>& rows);

  const std::string& name() const { return name_; }
  std::uint64_t channels() const { return channels_; }
  std::uint64_t burst_bytes() const { return burst_bytes_; }
  double peak_gb_s() const { return peak_gb_s_; }  // 10^9 B a second, all channels

  // Throws ConfigError for patterns that are not defined: no stream, a share outside 0 to 1, several streams,
  // or writes, in another order than ascending.
  BurstCost burst_cost(const AccessPattern& pattern) const;
  DramTransfer transfer(std::uint64_t bytes, const AccessPattern& pattern, double clock_mhz) const;

 private:
  // Measured at one number of streams or run length.
  struct Point {
    double at = 0;  // streams, or 1 / bytes
    BurstCost cost;
  };
  using Curve = std::vector<Point>;

  BurstCost interleaved(const AccessPattern& pattern) const;
  double peak_clocks() const;  // of a burst

  std::string name_;
  std::uint64_t channels_ = 0, burst_bytes_ = 0;
  double tck_ns_ = 0, peak_gb_s_ = 0;
  BurstCost ascending_, descending_, random_, mixed_;
  Curve same_bank_, other_banks_;  // over streams, a burst at a turn, ascending from 1
  Curve runs_;                     // over 1 / bytes at a turn, ascending, two streams in one bank
};

}  // namespace adagrain
