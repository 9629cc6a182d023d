#include "framework/experiment/result_rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "framework/compression/payload/layer_codec.h"
#include "framework/container/inspection.h"
#include "framework/container/safetensors.h"
#include "framework/core/checkpoint.h"
#include "framework/hardware/hardware_model.h"

namespace adagrain {

namespace {

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

void fill_costs(std::vector<LayerRow>& rows, const HardwareCost& cost) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].hardware = cost.preset;
    rows[i].cycles = static_cast<std::int64_t>(cost.layers.at(i).cycles);
    rows[i].energy_pj = cost.layers.at(i).energy_pj;
    rows[i].off_chip_bytes = static_cast<std::int64_t>(cost.layers.at(i).off_chip_bytes);
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
    const HardwareCost cost = load_hardware_preset(preset)->cost(trial.container, trial.layers);
    row.hardware = preset;
    row.cycles = static_cast<std::int64_t>(cost.cycles());
    row.energy_pj = cost.energy_pj();
    row.off_chip_bytes = static_cast<std::int64_t>(cost.off_chip_bytes());
    row.metadata_bytes = static_cast<std::int64_t>(cost.metadata_bytes());
    results.add(rows_of<RunRow>({row}));
    fill_costs(layers, cost);
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
      const HardwareCost cost = load_hardware_preset(preset)->dense_cost(classifier->layers());
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
