// adagrain hardware eie: a fully connected layer executed as EIE lays it out.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/cli/hardware_command.h"
#include "framework/hardware/compatibility/eie.h"

namespace adagrain {
namespace {

class EieCommand : public HardwareSubcommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--inputs", layer_.inputs, "of the layer")->required();
    app.add_option("--outputs", layer_.outputs, "of the layer")->required();
    app.add_option("--weight-density", layer_.weight_density, "share of non-zero weights, 0 to 1")
        ->required();
    app.add_option("--activation-density", layer_.activation_density, "share of non-zero inputs, 0 to 1")
        ->required();
    app.add_option("--pes", layer_.elements, "processing elements; default 64");
    app.add_option("--queue", layer_.queue_depth, "inputs that wait at an element; default 8");
    app.add_option("--clock", clock_mhz_, "MHz; default 800")->check(CLI::Range(1e-3, 1e6));
    app.add_option("--seed", layer_.seed, "of the masks; default 1");
    app.add_flag("--json", json_, "an object with the counts too");
    app.footer(
        "theoretical_us: entries up to the last weight of each column, in perfect balance. actual_us: as "
        "executed.");
  }

  void run() override {
    const EieRun run = execute_eie(layer_);
    const double theoretical_us = run.theoretical_cycles / clock_mhz_;
    const double actual_us = static_cast<double>(run.cycles) / clock_mhz_;
    if (json_) {
      const nlohmann::ordered_json object{{"theoretical_us", theoretical_us},
                                          {"actual_us", actual_us},
                                          {"broadcasts", run.broadcasts},
                                          {"entries", run.entries},
                                          {"padding_entries", run.padding_entries},
                                          {"end_entries", run.end_entries},
                                          {"cycles", run.cycles}};
      fmt::print("{}\n", object.dump());
    } else {
      fmt::print("theoretical_us,actual_us\n{:.2f},{:.2f}\n", theoretical_us, actual_us);
    }
  }

 private:
  EieLayer layer_;
  double clock_mhz_ = 800;
  bool json_ = false;
};

const bool registered =
    Registry<HardwareSubcommand>::add("eie", "Time of a fully connected layer executed in the layout of EIE",
                                      [] { return std::make_unique<EieCommand>(); });

}  // namespace
}  // namespace adagrain
