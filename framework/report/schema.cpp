#include "framework/report/schema.h"

namespace adagrain {

namespace {

// The columns of ValueStatistics under "weight_" or "activation_".
template <typename Row>
void add_statistics(std::vector<Field<Row>>& fields, const std::string& of, ValueStatistics Row::*part) {
  const auto add = [&](const char* name, const char* unit, auto member) {
    fields.push_back(nested_field(of + "_" + name, unit, part, member));
  };
  add("count", "values", &ValueStatistics::count);
  add("entropy_bits", "bits per value", &ValueStatistics::entropy_bits);
  add("sparsity", "share", &ValueStatistics::sparsity);
  add("exact_sparsity", "share", &ValueStatistics::exact_sparsity);
  add("dynamic_range_db", "dB", &ValueStatistics::dynamic_range_db);
  add("minimum", "", &ValueStatistics::minimum);
  add("maximum", "", &ValueStatistics::maximum);
  add("absmax", "", &ValueStatistics::absmax);
  add("mean", "", &ValueStatistics::mean);
  add("standard_deviation", "", &ValueStatistics::standard_deviation);
  add("rms", "", &ValueStatistics::rms);
  add("skewness", "", &ValueStatistics::skewness);
  add("kurtosis", "", &ValueStatistics::kurtosis);
}

template <typename Row>
void add_scale_spreads(std::vector<Field<Row>>& fields) {
  fields.push_back(field("channel_scale_spread", "octaves", &Row::channel_scale_spread));
  fields.push_back(field("block_scale_spread", "octaves", &Row::block_scale_spread));
  fields.push_back(
      field("activation_channel_scale_spread", "octaves", &Row::activation_channel_scale_spread));
  fields.push_back(field("activation_block_scale_spread", "octaves", &Row::activation_block_scale_spread));
}

}  // namespace

template <>
const std::vector<Field<RunRow>>& fields<RunRow>() {
  static const std::vector<Field<RunRow>> all = {
      text_field("run", kRunWidth, &RunRow::run),
      text_field("network", kNameWidth, &RunRow::network),
      text_field("dataset", kNameWidth, &RunRow::dataset),
      text_field("policy", kNameWidth, &RunRow::policy),
      field("seed", "", &RunRow::seed),
      field("max_drop_points", "percentage points", &RunRow::max_drop_points),
      text_field("hardware", kNameWidth, &RunRow::hardware),
      field("file_bytes", "bytes", &RunRow::file_bytes),
      field("float32_bytes", "bytes", &RunRow::float32_bytes),
      field("ratio", "float32 bytes / file bytes", &RunRow::ratio),
      field("reference_accuracy", "share", &RunRow::reference_accuracy),
      field("accuracy", "share", &RunRow::accuracy),
      field("drop_points", "percentage points", &RunRow::drop_points),
      field("drop_error_points", "percentage points", &RunRow::drop_error_points),
      field("validation_accuracy", "share", &RunRow::validation_accuracy),
      field("validation_drop_points", "percentage points", &RunRow::validation_drop_points),
      field("validation_drop_error_points", "percentage points", &RunRow::validation_drop_error_points),
      field("evaluations", "decoded files", &RunRow::evaluations),
      field("within_budget", "", &RunRow::within_budget),
      field("cycles", "cycles per inference", &RunRow::cycles),
      field("energy_pj", "pJ per inference", &RunRow::energy_pj),
      field("off_chip_bytes", "bytes per inference", &RunRow::off_chip_bytes),
      field("metadata_bytes", "bytes", &RunRow::metadata_bytes),
      field("seconds", "s", &RunRow::seconds),
      field("pressure", "", &RunRow::pressure),
      field("decode_lanes", "symbols per cycle", &RunRow::decode_lanes),
      field("area_mm2", "mm2", &RunRow::area_mm2),
  };
  return all;
}

template <>
const std::vector<Field<LayerRow>>& fields<LayerRow>() {
  static const std::vector<Field<LayerRow>> all = {
      text_field("run", kRunWidth, &LayerRow::run),
      text_field("layer", kLayerWidth, &LayerRow::layer),
      field("depth", "", &LayerRow::depth),
      text_field("operation", kNameWidth, &LayerRow::operation),
      field("rows", "output channels", &LayerRow::rows),
      field("columns", "weights per output channel", &LayerRow::columns),
      text_field("granularity", kNameWidth, &LayerRow::granularity),
      text_field("scheme", kNameWidth, &LayerRow::scheme),
      text_field("parameters", kCandidateWidth, &LayerRow::parameters),
      text_field("coder", kNameWidth, &LayerRow::coder),
      text_field("coders_priced", kCodersWidth, &LayerRow::coders_priced),
      field("payload_bytes", "bytes", &LayerRow::payload_bytes),
      field("metadata_bytes", "bytes", &LayerRow::metadata_bytes),
      field("table_bytes", "bytes", &LayerRow::table_bytes),
      field("data_bytes", "bytes", &LayerRow::data_bytes),
      field("bits_per_weight", "bits per weight", &LayerRow::bits_per_weight),
      field("squared_error", "", &LayerRow::squared_error),
      field("sparsity", "share", &LayerRow::sparsity),
      text_field("hardware", kNameWidth, &LayerRow::hardware),
      field("cycles", "cycles per inference", &LayerRow::cycles),
      field("energy_pj", "pJ per inference", &LayerRow::energy_pj),
      field("off_chip_bytes", "bytes per inference", &LayerRow::off_chip_bytes),
      text_field("bound", kNameWidth, &LayerRow::bound),
      field("macs", "multiply-accumulates per inference", &LayerRow::macs),
      field("weight_passes", "fetches per inference", &LayerRow::weight_passes),
      field("dram_cycles", "cycles per inference", &LayerRow::dram_cycles),
      field("metadata_cycles", "cycles per inference", &LayerRow::metadata_cycles),
      field("decode_cycles", "cycles per inference", &LayerRow::decode_cycles),
      field("compute_cycles", "cycles per inference", &LayerRow::compute_cycles),
      field("drain_cycles", "cycles per inference", &LayerRow::drain_cycles),
      field("array_utilisation", "share", &LayerRow::array_utilisation),
      field("decoder_utilisation", "share", &LayerRow::decoder_utilisation),
      field("dram_weights_pj", "pJ per inference", &LayerRow::dram_weights_pj),
      field("dram_metadata_pj", "pJ per inference", &LayerRow::dram_metadata_pj),
      field("dram_activations_pj", "pJ per inference", &LayerRow::dram_activations_pj),
      field("buffers_pj", "pJ per inference", &LayerRow::buffers_pj),
      field("metadata_pj", "pJ per inference", &LayerRow::metadata_pj),
      field("decode_pj", "pJ per inference", &LayerRow::decode_pj),
      field("compute_pj", "pJ per inference", &LayerRow::compute_pj),
      field("leakage_pj", "pJ per inference", &LayerRow::leakage_pj),
      field("instruction_words", "words of 32 bits", &LayerRow::instruction_words),
      field("decoded_symbols", "symbols per inference", &LayerRow::decoded_symbols),
      field("binary_decisions", "decisions per inference", &LayerRow::binary_decisions),
      field("table_entries", "entries per inference", &LayerRow::table_entries),
      field("starved_cycles", "cycles per inference", &LayerRow::starved_cycles),
      field("dense_cycles", "cycles per inference", &LayerRow::dense_cycles),
      field("bit_width_cycles", "cycles per inference", &LayerRow::bit_width_cycles),
      field("density_cycles", "cycles per inference", &LayerRow::density_cycles),
      field("ideal_cycles", "cycles per inference", &LayerRow::ideal_cycles),
      field("dense_pj", "pJ per inference", &LayerRow::dense_pj),
      field("bit_width_pj", "pJ per inference", &LayerRow::bit_width_pj),
      field("density_pj", "pJ per inference", &LayerRow::density_pj),
      field("ideal_pj", "pJ per inference", &LayerRow::ideal_pj),
  };
  return all;
}

template <>
const std::vector<Field<StepRow>>& fields<StepRow>() {
  static const std::vector<Field<StepRow>> all = {
      text_field("run", kRunWidth, &StepRow::run),
      field("step", "evaluations", &StepRow::step),
      text_field("action", kNameWidth, &StepRow::action),
      text_field("layer", kLayerWidth, &StepRow::layer),
      text_field("before", kCandidateWidth, &StepRow::before),
      text_field("after", kCandidateWidth, &StepRow::after),
      field("rungs", "moves", &StepRow::rungs),
      field("pressure", "", &StepRow::pressure),
      field("file_bytes", "bytes", &StepRow::file_bytes),
      field("validation_accuracy", "share", &StepRow::validation_accuracy),
      field("validation_drop_points", "percentage points", &StepRow::validation_drop_points),
      field("validation_drop_error_points", "percentage points", &StepRow::validation_drop_error_points),
      field("divergence", "nats", &StepRow::divergence),
      field("kept", "", &StepRow::kept),
  };
  return all;
}

template <>
const std::vector<Field<ProfileRow>>& fields<ProfileRow>() {
  static const std::vector<Field<ProfileRow>> all = [] {
    std::vector<Field<ProfileRow>> fields = {
        text_field("network", kNameWidth, &ProfileRow::network),
        text_field("dataset", kNameWidth, &ProfileRow::dataset),
        text_field("layer", kLayerWidth, &ProfileRow::layer),
        text_field("operation", kNameWidth, &ProfileRow::operation),
        field("depth", "", &ProfileRow::depth),
        field("rows", "output channels", &ProfileRow::rows),
        field("columns", "weights per output channel", &ProfileRow::columns),
        field("macs", "multiply-accumulates per inference", &ProfileRow::macs),
    };
    add_statistics(fields, "weight", &ProfileRow::weights);
    add_statistics(fields, "activation", &ProfileRow::activations);
    add_scale_spreads(fields);
    fields.push_back(field("parameter_share", "share", &ProfileRow::parameter_share));
    fields.push_back(field("mac_share", "share", &ProfileRow::mac_share));
    fields.push_back(field("relative_depth", "share", &ProfileRow::relative_depth));
    fields.push_back(field("fisher_mean", "nats^2 per squared weight", &ProfileRow::fisher_mean));
    return fields;
  }();
  return all;
}

template <>
const std::vector<Field<TrainingProfileRow>>& fields<TrainingProfileRow>() {
  static const std::vector<Field<TrainingProfileRow>> all = [] {
    std::vector<Field<TrainingProfileRow>> fields = {
        text_field("run", kRunWidth, &TrainingProfileRow::run),
        field("step", "updates", &TrainingProfileRow::step),
        field("epoch", "epochs", &TrainingProfileRow::epoch),
        text_field("layer", kLayerWidth, &TrainingProfileRow::layer),
        field("depth", "", &TrainingProfileRow::depth),
    };
    add_statistics(fields, "weight", &TrainingProfileRow::weights);
    add_statistics(fields, "activation", &TrainingProfileRow::activations);
    add_scale_spreads(fields);
    fields.push_back(field("fisher_mean", "nats^2 per squared weight", &TrainingProfileRow::fisher_mean));
    return fields;
  }();
  return all;
}

template <>
const std::vector<Field<ReferenceRow>>& fields<ReferenceRow>() {
  static const std::vector<Field<ReferenceRow>> all = {
      text_field("network", kNameWidth, &ReferenceRow::network),
      text_field("dataset", kNameWidth, &ReferenceRow::dataset),
      text_field("hardware", kNameWidth, &ReferenceRow::hardware),
      field("float32_bytes", "bytes", &ReferenceRow::float32_bytes),
      field("cycles", "cycles per inference", &ReferenceRow::cycles),
      field("energy_pj", "pJ per inference", &ReferenceRow::energy_pj),
      field("off_chip_bytes", "bytes per inference", &ReferenceRow::off_chip_bytes),
  };
  return all;
}

template <>
const std::vector<Field<TrainingRow>>& fields<TrainingRow>() {
  static const std::vector<Field<TrainingRow>> all = {
      text_field("run", kRunWidth, &TrainingRow::run),
      field("epoch", "epochs", &TrainingRow::epoch),
      field("learning_rate", "", &TrainingRow::learning_rate),
      field("train_loss", "nats", &TrainingRow::train_loss),
      field("validation_accuracy", "share", &TrainingRow::validation_accuracy),
      field("file_bytes", "bytes", &TrainingRow::file_bytes),
      field("ratio", "float32 bytes / file bytes", &TrainingRow::ratio),
  };
  return all;
}

ProfileRow profile_row(const std::string& network, const std::string& dataset, const LayerProfile& profile) {
  const LayerDescription& layer = profile.layer;
  const std::int64_t rows = layer.output_channels();
  return {.network = network,
          .dataset = dataset,
          .layer = layer.name,
          .operation = operation_name(layer.operation),
          .depth = layer.depth,
          .rows = rows,
          .columns = rows == 0 ? 0 : layer.weight_count() / rows,
          .macs = layer.macs,
          .weights = profile.weights,
          .activations = profile.activations,
          .channel_scale_spread = profile.channel_scale_spread,
          .block_scale_spread = profile.block_scale_spread,
          .activation_channel_scale_spread = profile.activation_channel_scale_spread,
          .activation_block_scale_spread = profile.activation_block_scale_spread,
          .parameter_share = profile.parameter_share,
          .mac_share = profile.mac_share,
          .relative_depth = profile.relative_depth,
          .fisher_mean = profile.fisher_mean};
}

}  // namespace adagrain
