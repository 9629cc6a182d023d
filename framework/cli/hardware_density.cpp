// adagrain hardware density: what a model that knows densities only expects, and the YAML for Sparseloop.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/cli/hardware_command.h"
#include "framework/core/text.h"
#include "framework/hardware/compatibility/scalesim.h"
#include "framework/hardware/compatibility/sparseloop.h"

namespace adagrain {
namespace {

class DensityCommand : public HardwareSubcommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--topology", topology_, "layers as for scalesim")->required();
    app.add_option("--array", array_, "ROWSxCOLUMNS, each from 1 to 4096")->required();
    app.add_option("--weight-density", weight_density_, "share of non-zero weights, 0 to 1; default 1");
    app.add_option("--activation-density", input_density_, "share of non-zero inputs, 0 to 1; default 1");
    app.add_option("--sparseloop", folder_, "write the layers as YAML for Sparseloop into this folder");
    app.add_flag("--json", json_, "an object a line instead of comma-separated values");
    app.footer("density_cycles: products of non-zeros spread evenly over all lanes, which no real mask is.");
  }

  void run() override {
    const ArrayShape array = scalesim::parse_array(array_);
    std::vector<SparseloopLayer> layers;
    for (const scalesim::Layer& layer : scalesim::read_topology(topology_)) {
      layers.push_back({scalesim::describe(layer), weight_density_, input_density_});
    }
    if (!folder_.empty()) write_sparseloop(folder_, {.array = array}, layers);
    if (!json_) fmt::print("layer,dense_cycles,density_cycles\n");
    for (const SparseloopLayer& layer : layers) {
      const MatrixProblem problem = matrix_problem(layer.description);
      const std::uint64_t dense = density_only_cycles(problem, 1, 1, array);
      const std::uint64_t sparse = density_only_cycles(problem, weight_density_, input_density_, array);
      if (json_) {
        const nlohmann::ordered_json object{
            {"layer", layer.description.name}, {"dense_cycles", dense}, {"density_cycles", sparse}};
        fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
      } else {
        fmt::print("{},{},{}\n", without_controls(layer.description.name), dense, sparse);
      }
    }
  }

 private:
  std::filesystem::path topology_, folder_;
  std::string array_;
  double weight_density_ = 1, input_density_ = 1;
  bool json_ = false;
};

const bool registered = Registry<HardwareSubcommand>::add(
    "density", "Cycles that densities alone let expect; --sparseloop writes them for Sparseloop",
    [] { return std::make_unique<DensityCommand>(); });

}  // namespace
}  // namespace adagrain
