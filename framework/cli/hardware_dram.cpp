// adagrain hardware dram: what a transfer takes of a memory, by the pattern of its accesses.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "framework/cli/hardware_command.h"
#include "framework/hardware/memory/dram.h"

namespace adagrain {
namespace {

class DramCommand : public HardwareSubcommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--memory", memory_, "a memory of hardware/reference/dramsim3_streams.csv")->required();
    app.add_option("--bytes", bytes_, "to transfer")->required()->check(CLI::Range(0ull, 1ull << 48));
    app.add_option("--streams", pattern_.streams, "read in turn; default 1")->check(CLI::Range(1, 1 << 20));
    app.add_option("--run", pattern_.run_bytes, "bytes of a stream at a turn; default one burst")
        ->check(CLI::Range(0ull, 1ull << 30));
    app.add_flag("--same-bank", pattern_.same_bank,
                 "the streams lie in one bank; default: in different ones");
    app.add_option("--written", pattern_.written_share, "share of the bytes that is written; default 0")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--order", order_, "ascending, descending or random; default ascending")
        ->check(CLI::IsMember({"ascending", "descending", "random"}));
    app.add_option("--clock", clock_mhz_, "MHz of the accelerator that counts the cycles; default 1000")
        ->check(CLI::Range(1e-3, 1e6));
    app.add_flag("--json", json_, "an object instead of comma-separated values");
    app.footer("Between the patterns that DRAMsim3 was run on, values are interpolated.");
  }

  void run() override {
    pattern_.order = order_ == "random"       ? AccessPattern::Order::random
                     : order_ == "descending" ? AccessPattern::Order::descending
                                              : AccessPattern::Order::ascending;
    const DramTransfer transfer = Dram::load(memory_).transfer(bytes_, pattern_, clock_mhz_);
    if (json_) {
      const nlohmann::ordered_json object{{"transferred_bytes", transfer.transferred_bytes},
                                          {"bursts", transfer.bursts},
                                          {"efficiency", transfer.efficiency},
                                          {"row_hit_rate", transfer.row_hit_rate},
                                          {"cycles", transfer.cycles},
                                          {"energy_pj", transfer.energy_pj}};
      fmt::print("{}\n", object.dump());
    } else {
      fmt::print(
          "transferred_bytes,bursts,efficiency,row_hit_rate,cycles,energy_pj\n{},{},{:.4f},{:.4f},{},{:.1f}"
          "\n",
          transfer.transferred_bytes, transfer.bursts, transfer.efficiency, transfer.row_hit_rate,
          transfer.cycles, transfer.energy_pj);
    }
  }

 private:
  std::string memory_, order_ = "ascending";
  std::uint64_t bytes_ = 0;
  AccessPattern pattern_;
  double clock_mhz_ = 1000;
  bool json_ = false;
};

const bool registered =
    Registry<HardwareSubcommand>::add("dram", "Time and energy of a DRAM transfer by its pattern of accesses",
                                      [] { return std::make_unique<DramCommand>(); });

}  // namespace
}  // namespace adagrain
