#include "framework/experiment/result_rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "framework/compression/payload/layer_codec.h"
#include "framework/container/inspection.h"
#include "framework/container/safetensors.h"
#include "framework/core/checkpoint.h"
#include "framework/hardware/machine_area.h"
#include "framework/hardware/simulate.h"
#include "framework/hardware/units/interleaved_row.h"

namespace adagrain {

namespace {

void add_cost(LayerRow& row, const LayerCost& cost) {
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  const auto busy = [&](PipelineStage stage) {
    return count(cost.stage_cycles[static_cast<std::size_t>(stage)]);
  };
  row.cycles = count(cost.cycles);
  row.energy_pj = cost.energy_pj;
  row.off_chip_bytes = count(cost.off_chip_bytes);
  row.bound = cost.bound;
  row.macs = count(cost.macs);
  row.weight_passes = count(cost.weight_passes);
  row.dram_cycles = busy(PipelineStage::dram);
  row.metadata_cycles = busy(PipelineStage::metadata);
  row.decode_cycles = busy(PipelineStage::decode);
  row.compute_cycles = busy(PipelineStage::compute);
  row.drain_cycles = busy(PipelineStage::drain);
  row.array_utilisation = cost.utilisation.array;
  row.decoder_utilisation = cost.utilisation.decoders;
  row.dram_weights_pj = cost.energy.dram_weights;
  row.dram_metadata_pj = cost.energy.dram_metadata;
  row.dram_activations_pj = cost.energy.dram_activations;
  row.buffers_pj = cost.energy.buffers;
  row.metadata_pj = cost.energy.metadata;
  row.decode_pj = cost.energy.decode;
  row.compute_pj = cost.energy.compute;
  row.leakage_pj = cost.energy.leakage;
  row.instruction_words = count(cost.instruction_words);
  row.decoded_symbols = count(cost.decoded_symbols);
  row.binary_decisions = count(cost.binary_decisions);
  row.table_entries = count(cost.table_entries);
  row.starved_cycles = count(cost.starved_cycles);
}

void add_baselines(LayerRow& row, const CostBaselines& baselines, std::size_t layer) {
  const auto take = [&](const HardwareCost& baseline, std::int64_t& cycles, double& energy_pj) {
    cycles = static_cast<std::int64_t>(baseline.layers.at(layer).cycles);
    energy_pj = baseline.layers.at(layer).energy_pj;
  };
  take(baselines.dense, row.dense_cycles, row.dense_pj);
  take(baselines.bit_width, row.bit_width_cycles, row.bit_width_pj);
  take(baselines.density, row.density_cycles, row.density_pj);
  take(baselines.ideal, row.ideal_cycles, row.ideal_pj);
}

// "raw 1600, static 412": the bytes by those that take the layer.
std::string priced_text(const std::vector<CoderPrice>& prices) {
  std::vector<std::string> texts;
  for (const CoderPrice& price : prices)
    if (price.priced.bytes) texts.push_back(fmt::format("{} {}", price.priced.name, *price.priced.bytes));
  // Whole words, as far as the column goes.
  while (fmt::formatted_size("{}", fmt::join(texts, ", ")) > kCodersWidth) texts.pop_back();
  return fmt::format("{}", fmt::join(texts, ", "));
}

// What the container says of each layer, beside what was planned; hardware and cost are left open.
std::vector<LayerRow> layer_rows(const std::string& run, const FinishedTrial& finished) {
  const GrainReader& container = finished.container;
  const Checkpoint& weights = finished.weights;
  std::vector<LayerRow> rows;
  for (std::size_t i = 0; i < finished.layers.size(); ++i) {
    const LayerDescription& layer = finished.layers[i];
    const auto named = [&](const auto& item) { return item.name == layer.weight_name; };
    const auto entry = std::find_if(container.entries().begin(), container.entries().end(), named);
    const Tensor* original = find_tensor(weights, layer.weight_name);
    ensure(entry != container.entries().end() && original != nullptr, "no tensor '{}'", layer.weight_name);
    const DecodedLayer decoded = container.decode_layer(*entry);
    const MatrixShape matrix = matrix_shape(layer.weight_shape);
    LayerRow row;
    row.run = run;
    row.layer = layer.name;
    row.depth = layer.depth;
    row.operation = operation_name(layer.operation);
    row.rows = matrix.rows;
    row.columns = matrix.columns;
    const Candidate& planned = finished.plan.layers.at(layer.weight_name);
    row.granularity = planned.granularity;
    row.scheme = fmt::format("{}", fmt::join(planned.scheme, "+"));
    row.parameters = parameters_text(planned);
    row.coder = decoded.info.coder;
    row.coders_priced = priced_text(price_layer(container, *entry));
    row.payload_bytes = static_cast<std::int64_t>(decoded.info.parts.total());
    row.metadata_bytes = static_cast<std::int64_t>(decoded.info.parts.side_bytes);
    row.table_bytes = static_cast<std::int64_t>(decoded.info.parts.table_bytes);
    row.data_bytes = static_cast<std::int64_t>(decoded.info.parts.data_bytes);
    const auto count = static_cast<double>(std::max<std::int64_t>(1, matrix.count()));
    row.bits_per_weight = 8.0 * static_cast<double>(row.payload_bytes) / count;
    for (std::size_t j = 0; j < decoded.weights.size(); ++j) {
      const double error = static_cast<double>(decoded.weights[j]) - original->values[j];
      row.squared_error += error * error;
    }
    row.sparsity = 1.0 - static_cast<double>(decoded.info.nonzero_weights) / count;
    rows.push_back(row);
  }
  return rows;
}

void fill_costs(std::vector<LayerRow>& rows, const HardwareCost& cost, const CostBaselines& baselines) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].hardware = cost.preset;
    add_cost(rows[i], cost.layers.at(i));
    add_baselines(rows[i], baselines, i);
  }
}

}  // namespace

Results trial_results(RunRow row, const Outcome& test, const FinishedTrial& trial) {
  row.file_bytes = static_cast<std::int64_t>(test.file_bytes);
  row.float32_bytes = static_cast<std::int64_t>(test.float32_bytes);
  row.ratio = test.ratio();
  row.reference_accuracy = test.reference_accuracy;
  row.accuracy = test.accuracy;
  row.drop_points = test.drop_points();
  row.drop_error_points = test.drop_error_points();
  std::vector<LayerRow> layers = layer_rows(row.run, trial);
  Results results;
  for (const std::string& preset : trial.hardware) {
    const Accelerator accelerator = load_accelerator(preset);
    const HardwareCost cost = simulate(accelerator, trial.container, trial.layers);
    const CostBaselines baselines = simulate_baselines(accelerator, trial.container, trial.layers);
    row.hardware = preset;
    row.cycles = static_cast<std::int64_t>(cost.cycles());
    row.energy_pj = cost.energy_pj();
    row.off_chip_bytes = static_cast<std::int64_t>(cost.off_chip_bytes());
    row.metadata_bytes = static_cast<std::int64_t>(cost.metadata_bytes());
    row.decode_lanes = static_cast<std::int64_t>(accelerator.static_lanes + kRowLanes * accelerator.rows);
    row.area_mm2 = machine_area(accelerator).total_mm2();
    results.add(rows_of<RunRow>({row}));
    fill_costs(layers, cost, baselines);
    results.add(rows_of(layers));
  }
  return results;
}

std::vector<ReferenceRow> reference_rows(const std::vector<ClassifierOptions>& networks,
                                         const std::vector<std::string>& hardware) {
  std::vector<ReferenceRow> rows;
  std::set<std::filesystem::path> seen;
  for (const ClassifierOptions& options : networks) {
    if (!seen.insert(options.weights).second) continue;
    std::optional<Classifier> classifier;
    try {
      classifier.emplace(options);
    } catch (const DataError&) {
      continue;
    } catch (const ConfigError&) {
      continue;
    }
    for (const std::string& preset : hardware) {
      const HardwareCost cost = simulate_dense(load_accelerator(preset), classifier->layers());
      ReferenceRow row;
      row.network = options.network;
      row.dataset = options.dataset;
      row.hardware = preset;
      row.float32_bytes = static_cast<std::int64_t>(safetensors_bytes(classifier->checkpoint()));
      row.cycles = static_cast<std::int64_t>(cost.cycles());
      row.energy_pj = cost.energy_pj();
      row.off_chip_bytes = static_cast<std::int64_t>(cost.off_chip_bytes());
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace adagrain
