// adagrain hardware scalesim: the report of SCALE-Sim v3, exactly.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "framework/cli/hardware_command.h"
#include "framework/core/text.h"
#include "framework/hardware/compatibility/scalesim.h"

namespace adagrain {
namespace {

class ScaleSimCommand : public HardwareSubcommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--topology", topology_,
                   "comma-separated layers: name, IFMAP height and width, filter height and width, channels, "
                   "num filter, strides; the first line is a header")
        ->required();
    app.add_option("--array", array_, "ROWSxCOLUMNS, each from 1 to 4096")->required();
    app.add_option("--dataflow", dataflow_, "os, ws or is: which operand stays in the array")->required();
    app.add_flag("--json", json_, "an object a line instead of comma-separated values");
    app.footer(
        "Counts as SCALE-Sim v3 prints them: cycles are the index of the last cycle, and with os each fold "
        "adds rows + columns to the writes.");
  }

  void run() override {
    const ArrayShape array = scalesim::parse_array(array_);
    const Dataflow dataflow = parse_dataflow(dataflow_);
    const auto rows = scalesim::simulate(scalesim::read_topology(topology_), array, dataflow);
    if (!json_) fmt::print("layer,cycles,ifmap_sram_reads,filter_sram_reads,ofmap_sram_writes\n");
    for (const scalesim::Row& row : rows) {
      if (json_) {
        const nlohmann::ordered_json object{{"layer", row.layer},
                                            {"cycles", row.cycles},
                                            {"ifmap_sram_reads", row.ifmap_sram_reads},
                                            {"filter_sram_reads", row.filter_sram_reads},
                                            {"ofmap_sram_writes", row.ofmap_sram_writes}};
        fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      } else {
        fmt::print("{},{},{},{},{}\n", without_controls(row.layer), row.cycles, row.ifmap_sram_reads,
                   row.filter_sram_reads, row.ofmap_sram_writes);
      }
    }
  }

 private:
  std::filesystem::path topology_;
  std::string array_, dataflow_;
  bool json_ = false;
};

const bool registered =
    Registry<HardwareSubcommand>::add("scalesim", "Cycles and SRAM accesses as SCALE-Sim v3 prints them",
                                      [] { return std::make_unique<ScaleSimCommand>(); });

}  // namespace
}  // namespace adagrain
