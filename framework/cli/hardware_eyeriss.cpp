// adagrain hardware eyeriss: DRAM traffic of the Eyeriss chip with its run-length code, beside what was
// measured.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "framework/cli/hardware_command.h"
#include "framework/hardware/compatibility/eyeriss_chip.h"
#include "framework/hardware/reference_table.h"

namespace adagrain {
namespace {

class EyerissCommand : public HardwareSubcommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--seed", seed_, "of the zeros; default 1");
    app.add_flag("--json", json_, "an object a line instead of comma-separated values");
    app.footer(
        "Layers and mappings: hardware/reference/eyeriss_layers.csv; measured: eyeriss_chip.csv there.");
  }

  void run() override {
    std::map<std::string, double> published;
    for (const auto& row : read_reference_table(reference_file("eyeriss_chip.csv"))) {
      published[row.at("network") + row.at("layer")] = reference_number(row, "dram_mb");
    }
    if (!json_) fmt::print("network,layer,raw_mb,coded_mb,ratio,published_mb\n");
    for (const EyerissLayer& layer : eyeriss_layers()) {
      const EyerissTraffic traffic = eyeriss_traffic(layer, seed_);
      const double measured = published[layer.network + layer.name];
      if (json_) {
        const nlohmann::ordered_json object{{"network", layer.network}, {"layer", layer.name},
                                            {"raw_mb", traffic.raw_mb}, {"coded_mb", traffic.coded_mb},
                                            {"ratio", traffic.ratio()}, {"published_mb", measured}};
        fmt::print("{}\n", object.dump());
      } else {
        fmt::print("{},{},{:.2f},{:.2f},{:.2f},{:.1f}\n", layer.network, layer.name, traffic.raw_mb,
                   traffic.coded_mb, traffic.ratio(), measured);
      }
    }
  }

 private:
  std::uint64_t seed_ = 1;
  bool json_ = false;
};

const bool registered =
    Registry<HardwareSubcommand>::add("eyeriss", "DRAM traffic of the Eyeriss chip with its run-length code",
                                      [] { return std::make_unique<EyerissCommand>(); });

}  // namespace
}  // namespace adagrain
