// adagrain hardware simulate: what an inference of a stored network costs, layer by layer.
#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "framework/cli/hardware_command.h"
#include "framework/container/grain_file.h"
#include "framework/core/text_table.h"
#include "framework/hardware/compatibility/scalesim.h"
#include "framework/hardware/machine_area.h"
#include "framework/hardware/simulate.h"
#include "framework/terminal/interrupt_deadline.h"
#include "framework/terminal/terminal.h"

namespace adagrain {
namespace {

std::string percent(double share) {
  return fmt::format("{:.1f}", 100 * share);
}

TextTable layer_table(const HardwareCost& cost) {
  TextTable table({"layer", "cycles", "bound", "energy nJ", "DRAM B", "metadata B", "array %", "decoders %",
                   "DRAM %", "metadata %", "symbols", "decisions", "table entries", "starved", "words"});
  for (const LayerCost& layer : cost.layers)
    table.add({layer.layer, fmt::to_string(layer.cycles), layer.bound,
               fmt::format("{:.1f}", layer.energy_pj / 1e3), fmt::to_string(layer.off_chip_bytes),
               fmt::to_string(layer.metadata_bytes), percent(layer.utilisation.array),
               percent(layer.utilisation.decoders), percent(layer.utilisation.dram),
               percent(layer.utilisation.metadata_port), fmt::to_string(layer.decoded_symbols),
               fmt::to_string(layer.binary_decisions), fmt::to_string(layer.table_entries),
               fmt::to_string(layer.starved_cycles), fmt::to_string(layer.instruction_words)});
  return table;
}

void add_total(TextTable& table, const std::string& name, const HardwareCost& cost) {
  const EnergyParts energy = cost.energy();
  const auto nanojoules = [](double pj) { return fmt::format("{:.1f}", pj / 1e3); };
  table.add({name, fmt::to_string(cost.cycles()), nanojoules(cost.energy_pj()),
             fmt::to_string(cost.off_chip_bytes()), nanojoules(energy.dram_weights),
             nanojoules(energy.dram_metadata), nanojoules(energy.dram_activations),
             nanojoules(energy.buffers), nanojoules(energy.metadata), nanojoules(energy.decode),
             nanojoules(energy.compute), nanojoules(energy.leakage)});
}

// The layers of a topology in their order, or all tensors of the file that are layers, each of one pixel.
std::vector<LayerDescription> layers_of(const GrainReader& container, const std::filesystem::path& topology) {
  std::map<std::string, Shape> shapes;
  for (const GrainEntry& entry : container.entries()) shapes.emplace(entry.name, entry.shape);
  std::vector<LayerDescription> layers;
  if (topology.empty()) {
    for (const GrainEntry& entry : container.entries())
      if (entry.encoding == TensorEncoding::layer && entry.shape.size() >= 2 && !container.typed_head(entry))
        layers.push_back(layer_of_shape(entry.name, entry.shape));
    return layers;
  }
  for (const scalesim::Layer& row : scalesim::read_topology(topology)) {
    const auto found = shapes.find(row.name);
    require<DataError>(found != shapes.end(), "{}: layer '{}' is no tensor of the file", topology.string(),
                       row.name);
    LayerDescription layer = layer_of_shape(row.name, found->second);
    const auto size = [](std::uint64_t input, std::uint64_t filter, std::uint64_t stride) {
      return static_cast<std::int64_t>((input - filter) / stride + 1);
    };
    layer.stride = static_cast<std::int64_t>(row.stride);
    layer.input_height = static_cast<std::int64_t>(row.input_height);
    layer.input_width = static_cast<std::int64_t>(row.input_width);
    layer.output_height = size(row.input_height, row.filter_height, row.stride);
    layer.output_width = size(row.input_width, row.filter_width, row.stride);
    // A linear map over a sequence is a 1x1 convolution in the file.
    if (layer.operation == Operation::linear) layer.output_width = 1, layer.input_width = 1;
    if (layer.operation == Operation::conv2d && layer.weight_shape[1] > 0)
      layer.groups =
          std::max<std::int64_t>(1, static_cast<std::int64_t>(row.channels) / layer.weight_shape[1]);
    layer.macs = layer.weight_count() * layer.output_height * layer.output_width;
    layers.push_back(layer);
  }
  return layers;
}

class SimulateCommand : public HardwareSubcommand {
 public:
  void declare(CLI::App& app) override {
    app.add_option("input", input_, "compressed file (.grain)")->required();
    app.add_option(
        "--hardware", hardware_,
        "preset or file.yaml, after a colon what differs: edge_npu:os,decode.static_lanes=4; default: "
        "edge_npu");
    app.add_option(
        "--topology", topology_,
        "sizes of layers as SCALE-Sim takes them, named as the file's tensors; default: every layer of one "
        "output pixel");
  }

  void run() override {
    const InterruptDeadline deadline("simulating changes nothing");
    const GrainReader container = GrainReader::open(input_);
    const Accelerator accelerator = load_accelerator(hardware_);
    const std::vector<LayerDescription> layers = layers_of(container, topology_);
    const HardwareCost cost = simulate(accelerator, container, layers);
    const CostBaselines baselines = simulate_baselines(accelerator, container, layers);
    print_table(layer_table(cost));
    TextTable totals({"network", "cycles", "energy nJ", "DRAM B", "DRAM weights nJ", "DRAM metadata nJ",
                      "DRAM activations nJ", "buffers nJ", "metadata nJ", "decode nJ", "compute nJ",
                      "leakage nJ"});
    add_total(totals, "stored", cost);
    add_total(totals, "dense float32", baselines.dense);
    add_total(totals, "bit width only", baselines.bit_width);
    add_total(totals, "density only", baselines.density);
    add_total(totals, "ideal", baselines.ideal);
    fmt::print("\n");
    print_table(totals);
    const MachineArea area = machine_area(accelerator);
    fmt::print(
        "\n{}: logic {} nm ({}), memories {} nm, area {:.3f} mm2: array {:.3f}, decoders {:.3f}, buffers "
        "{:.3f}\n",
        cost.hardware, accelerator.node_nm, accelerator.energy.name, accelerator.energy.sram_node_nm,
        area.total_mm2(), area.array_mm2(), area.decoder_mm2(), area.buffers_mm2);
  }

 private:
  std::filesystem::path input_, topology_;
  std::string hardware_ = "edge_npu";
};

const bool registered = Registry<HardwareSubcommand>::add(
    "simulate", "Execute a .grain file on an accelerator: cycles, energy and what binds, layer by layer",
    [] { return std::make_unique<SimulateCommand>(); });

}  // namespace
}  // namespace adagrain
