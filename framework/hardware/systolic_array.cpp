// systolic_array: dense cycles of a systolic array in closed form, off-chip traffic from the stored bytes.
//
//   layer cycles   = max(array cycles, DRAM cycles): transfers are double buffered behind the arithmetic
//   array cycles   = closed form of systolic_mapping.h; zeros are not skipped
//   DRAM cycles    = ceil(transferred bytes * clock / peak bandwidth)
//   transferred    = weights as stored, inputs and outputs, each rounded up to whole bursts
//   off-chip bytes = the same before rounding
//   energy         = MACs * mac
//                  + bits read from the buffer * sram_read  + bits written to it * sram_write
//                  + bits transferred * dram + decoded symbols * decode_symbol
//                  + sram_leakage * layer cycles / clock
//
// Every value crosses DRAM once in each direction and passes through the buffer, which is taken to hold what
// a layer needs. Weights are decoded on their way into the buffer, at the speed of the transfer. The inputs
// are counted with their padding. Biases and norms (well under 1 % of the values) are not counted.
//
// Preset keys: `array: {rows, columns}`, `dataflow` (os, ws, is; a name's variant overrides it),
// `activation_bits`, `partial_sum_bits`, and the sourced constants {value, unit, source} below.
#include <algorithm>
#include <cmath>
#include <map>

#include "framework/core/error.h"
#include "framework/core/registry.h"
#include "framework/hardware/hardware_model.h"
#include "framework/hardware/systolic_mapping.h"

namespace adagrain {

namespace {

// What is stored of a layer's weights.
struct StoredWeights {
  std::uint64_t bytes = 0;
  std::uint64_t metadata_bytes = 0;  // of these, what is not coded data
  std::uint64_t decoded_symbols = 0;
};

// A physical constant, refused without the unit that the formulas assume or without a source.
double sourced(const Config& preset, const std::string& key, const std::string& unit, Range range) {
  const Config constant = preset.child(key);
  const auto value = constant.get<double>("value", range);
  constant.choice("unit", {unit});
  if (constant.get<std::string>("source").empty())
    constant.fail("source", "is empty; say where the value is from");
  constant.finish();
  return value;
}

class SystolicArray final : public HardwareModel {
 public:
  void configure(const std::string& name, const std::string& variant, const Config& preset) override {
    name_ = name;
    const Config array = preset.child("array");
    array_.rows = array.get<std::uint64_t>("rows", {1, 4096});
    array_.columns = array.get<std::uint64_t>("columns", {1, 4096});
    array.finish();
    const auto dataflow = preset.choice("dataflow", {"os", "ws", "is"});
    dataflow_ = parse_dataflow(variant.empty() ? dataflow : variant);
    activation_bits_ = preset.get<std::uint64_t>("activation_bits", {1, 64});
    partial_sum_bits_ = preset.get<std::uint64_t>("partial_sum_bits", {1, 64});
    const Range positive{1e-9, 1e9}, not_negative{0, 1e9};
    clock_mhz_ = sourced(preset, "clock", "MHz", positive);
    bandwidth_mb_s_ = sourced(preset, "dram_bandwidth", "MB/s", positive);
    burst_bytes_ = static_cast<std::uint64_t>(sourced(preset, "dram_burst", "B", {1, 65536}));
    mac_pj_ = sourced(preset, "mac", "pJ", not_negative);
    sram_read_pj_ = sourced(preset, "sram_read", "pJ/bit", not_negative);
    sram_write_pj_ = sourced(preset, "sram_write", "pJ/bit", not_negative);
    sram_leakage_mw_ = sourced(preset, "sram_leakage", "mW", not_negative);
    dram_pj_ = sourced(preset, "dram", "pJ/bit", not_negative);
    decode_symbol_pj_ = sourced(preset, "decode_symbol", "pJ", not_negative);
  }

  HardwareCost cost(const GrainReader& container,
                    const std::vector<LayerDescription>& layers) const override {
    std::map<std::string, const GrainEntry*> entries;
    for (const GrainEntry& entry : container.entries()) entries.emplace(entry.name, &entry);
    HardwareCost total{name_, {}};
    for (const LayerDescription& layer : layers) {
      const auto found = entries.find(layer.weight_name);
      require<DataError>(found != entries.end(), "container lacks tensor '{}' of layer '{}'",
                         layer.weight_name, layer.name);
      const GrainEntry& entry = *found->second;
      require<DataError>(entry.shape == layer.weight_shape, "container holds tensor '{}' in another shape",
                         layer.weight_name);
      StoredWeights stored{.bytes = entry.payload_bytes};
      if (entry.encoding == TensorEncoding::layer) {
        const PayloadInfo info = container.decode_layer(entry).info;
        stored.metadata_bytes = info.parts.side_bytes + info.parts.table_bytes;
        // Fixed-width codes are cut out of the word they arrive in, without a table.
        if (info.coder != "raw") stored.decoded_symbols = info.coded_symbols;
      }
      total.layers.push_back(layer_cost(layer, stored));
    }
    return total;
  }

  HardwareCost dense_cost(const std::vector<LayerDescription>& layers) const override {
    HardwareCost total{name_, {}};
    for (const LayerDescription& layer : layers) {
      const auto weights = static_cast<std::uint64_t>(layer.weight_count());
      total.layers.push_back(layer_cost(layer, {.bytes = weights * sizeof(float)}));
    }
    return total;
  }

 private:
  std::uint64_t in_bursts(std::uint64_t bytes) const {
    return (bytes + burst_bytes_ - 1) / burst_bytes_ * burst_bytes_;
  }

  LayerCost layer_cost(const LayerDescription& layer, const StoredWeights& stored) const {
    const MatrixProblem problem = matrix_problem(layer);
    const SystolicCount count = count_systolic(problem, array_, dataflow_);
    const auto weights = static_cast<std::uint64_t>(layer.weight_count());
    const std::uint64_t outputs = problem.groups * problem.output_pixels * problem.output_channels;
    const std::uint64_t inputs = input_values(layer, problem);

    const std::uint64_t input_bytes = (inputs * activation_bits_ + 7) / 8;
    const std::uint64_t output_bytes = (outputs * activation_bits_ + 7) / 8;
    const std::uint64_t transferred =
        in_bursts(stored.bytes) + in_bursts(input_bytes) + in_bursts(output_bytes);
    const auto dram_cycles = static_cast<std::uint64_t>(
        std::ceil(static_cast<double>(transferred) * clock_mhz_ / bandwidth_mb_s_));

    LayerCost cost;
    cost.layer = layer.name;
    cost.cycles = std::max(count.cycles, dram_cycles);
    cost.bound = dram_cycles > count.cycles ? "dram" : "compute";
    cost.off_chip_bytes = stored.bytes + input_bytes + output_bytes;
    cost.metadata_bytes = stored.metadata_bytes;

    const std::uint64_t bits_read = (count.input_reads + count.weight_reads + outputs) * activation_bits_ +
                                    count.partial_sum_reads * partial_sum_bits_;
    const std::uint64_t bits_written =
        (inputs + weights) * activation_bits_ + count.output_writes * partial_sum_bits_;
    const double microseconds = static_cast<double>(cost.cycles) / clock_mhz_;
    cost.energy_pj =
        static_cast<double>(problem.macs()) * mac_pj_ + static_cast<double>(bits_read) * sram_read_pj_ +
        static_cast<double>(bits_written) * sram_write_pj_ + static_cast<double>(8 * transferred) * dram_pj_ +
        static_cast<double>(stored.decoded_symbols) * decode_symbol_pj_ +
        sram_leakage_mw_ * microseconds * 1e3;  // mW * us = 1000 pJ
    return cost;
  }

  static std::uint64_t input_values(const LayerDescription& layer, const MatrixProblem& problem) {
    if (layer.operation == Operation::linear) return problem.output_pixels * problem.inputs_per_output;
    const auto pixels = static_cast<std::uint64_t>(layer.input_height * layer.input_width);
    return pixels * static_cast<std::uint64_t>(layer.weight_shape[1] * layer.groups);
  }

  std::string name_;
  ArrayShape array_;
  Dataflow dataflow_ = Dataflow::weight_stationary;
  std::uint64_t activation_bits_ = 0;   // of activations, and of weights once decoded
  std::uint64_t partial_sum_bits_ = 0;  // of outputs between array and buffer
  double clock_mhz_ = 0, bandwidth_mb_s_ = 0;
  std::uint64_t burst_bytes_ = 0;
  double mac_pj_ = 0, sram_read_pj_ = 0, sram_write_pj_ = 0, sram_leakage_mw_ = 0, dram_pj_ = 0;
  double decode_symbol_pj_ = 0;
};

const bool registered = Registry<HardwareModel>::add(
    "systolic_array", "dense cycles in closed form, traffic from the stored bytes",
    [] { return std::make_unique<SystolicArray>(); });

}  // namespace

}  // namespace adagrain
