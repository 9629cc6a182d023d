#include "policies/training/ledger_rows.h"

#include <utility>

namespace adagrain {

namespace {

constexpr std::size_t kNetworkWidth = 200, kShortWidth = 64, kSelectionWidth = 8, kLayerNameWidth = 100;
constexpr std::size_t kCandidateTextWidth = 160;

constexpr std::array kOperations = {Operation::conv2d, Operation::depthwise_conv2d, Operation::linear};

using LayerFields = std::vector<Field<LedgerLayerRow>>;

// `at` finds the number in a row.
template <typename At>
void add_number(LayerFields& fields, std::string name, At at) {
  using Value = std::remove_reference_t<decltype(at(std::declval<LedgerLayerRow&>()))>;
  fields.push_back({{std::move(name), column_type<Value>(), "", 0},
                    [at](LedgerLayerRow& row) -> CellPointer { return &at(row); }});
}

void add_text(LayerFields& fields, std::string name, std::string LayerDescription::*member) {
  fields.push_back({{std::move(name), Column::Type::text, "", kLayerNameWidth},
                    [member](LedgerLayerRow& row) -> CellPointer { return &(row.profile.layer.*member); }});
}

void add_layer_numbers(LayerFields& fields) {
  using Member = std::pair<const char*, std::int64_t LayerDescription::*>;
  for (const auto& [name, member] : {Member{"groups", &LayerDescription::groups},
                                     {"stride", &LayerDescription::stride},
                                     {"input_height", &LayerDescription::input_height},
                                     {"input_width", &LayerDescription::input_width},
                                     {"output_height", &LayerDescription::output_height},
                                     {"output_width", &LayerDescription::output_width},
                                     {"macs", &LayerDescription::macs},
                                     {"depth", &LayerDescription::depth}})
    add_number(
        fields, name, [member = member](LedgerLayerRow & row) -> auto& { return row.profile.layer.*member; });
}

void add_statistics(LayerFields& fields, const std::string& prefix, ValueStatistics LayerProfile::*of) {
  using Member = std::pair<const char*, double ValueStatistics::*>;
  for (const auto& [name, member] : {Member{"entropy", &ValueStatistics::entropy_bits},
                                     {"sparsity", &ValueStatistics::sparsity},
                                     {"exact_sparsity", &ValueStatistics::exact_sparsity},
                                     {"dynamic_range", &ValueStatistics::dynamic_range_db},
                                     {"minimum", &ValueStatistics::minimum},
                                     {"maximum", &ValueStatistics::maximum},
                                     {"absmax", &ValueStatistics::absmax},
                                     {"mean", &ValueStatistics::mean},
                                     {"standard_deviation", &ValueStatistics::standard_deviation},
                                     {"rms", &ValueStatistics::rms},
                                     {"skewness", &ValueStatistics::skewness},
                                     {"kurtosis", &ValueStatistics::kurtosis}})
    add_number(
        fields, prefix + name,
        [ of, member = member ](LedgerLayerRow & row) -> auto& { return row.profile.*of.*member; });
  add_number(
      fields, prefix + "count", [of](LedgerLayerRow & row) -> auto& { return (row.profile.*of).count; });
}

void add_profile_numbers(LayerFields& fields) {
  using Member = std::pair<const char*, double LayerProfile::*>;
  for (const auto& [name, member] : {Member{"channel_scale_spread", &LayerProfile::channel_scale_spread},
                                     {"block_scale_spread", &LayerProfile::block_scale_spread},
                                     {"parameter_share", &LayerProfile::parameter_share},
                                     {"mac_share", &LayerProfile::mac_share},
                                     {"relative_depth", &LayerProfile::relative_depth},
                                     {"fisher_mean", &LayerProfile::fisher_mean}})
    add_number(
        fields, name, [member = member](LedgerLayerRow & row) -> auto& { return row.profile.*member; });
}

}  // namespace

LedgerLayerRow ledger_layer_row(const std::string& network, std::size_t layer, const LayerProfile& profile) {
  LedgerLayerRow row{.network = network, .layer = static_cast<std::int64_t>(layer), .profile = profile};
  row.operation = static_cast<std::int64_t>(profile.layer.operation);
  const Shape& shape = profile.layer.weight_shape;
  ensure(shape.size() <= row.dimensions.size(), "ledger: a weight tensor of {} dimensions", shape.size());
  std::copy(shape.begin(), shape.end(), row.dimensions.begin());
  return row;
}

LayerProfile profile_of(const LedgerLayerRow& row) {
  LayerProfile profile = row.profile;
  require<DataError>(row.operation >= 0 && row.operation < static_cast<std::int64_t>(kOperations.size()),
                     "policy ledger: operation {} is unknown", row.operation);
  profile.layer.operation = kOperations[static_cast<std::size_t>(row.operation)];
  for (const std::int64_t size : row.dimensions)
    if (size >= 0) profile.layer.weight_shape.push_back(size);
  return profile;
}

template <>
const std::vector<Field<LedgerNetworkRow>>& fields<LedgerNetworkRow>() {
  static const std::vector<Field<LedgerNetworkRow>> all = {
      text_field("network", kNetworkWidth, &LedgerNetworkRow::network),
      text_field("group", kShortWidth, &LedgerNetworkRow::group),
      text_field("model", kShortWidth, &LedgerNetworkRow::model),
      text_field("selection", kSelectionWidth, &LedgerNetworkRow::selection),
  };
  return all;
}

template <>
const std::vector<Field<LedgerLayerRow>>& fields<LedgerLayerRow>() {
  static const std::vector<Field<LedgerLayerRow>> all = [] {
    LayerFields fields = {text_field("network", kNetworkWidth, &LedgerLayerRow::network),
                          field("layer", "", &LedgerLayerRow::layer)};
    add_text(fields, "name", &LayerDescription::name);
    add_text(fields, "weight_name", &LayerDescription::weight_name);
    fields.push_back(field("operation", "", &LedgerLayerRow::operation));
    for (std::size_t i = 0; i < LedgerLayerRow{}.dimensions.size(); ++i)
      add_number(
          fields,
          fmt::format("dimension_{}", i), [i](LedgerLayerRow & row) -> auto& { return row.dimensions[i]; });
    add_layer_numbers(fields);
    add_statistics(fields, "weight_", &LayerProfile::weights);
    add_statistics(fields, "activation_", &LayerProfile::activations);
    add_profile_numbers(fields);
    return fields;
  }();
  return all;
}

template <>
const std::vector<Field<LedgerSampleRow>>& fields<LedgerSampleRow>() {
  static const std::vector<Field<LedgerSampleRow>> all = {
      text_field("network", kNetworkWidth, &LedgerSampleRow::network),
      text_field("selection", kSelectionWidth, &LedgerSampleRow::selection),
      field("layer", "", &LedgerSampleRow::layer),
      text_field("candidate", kCandidateTextWidth, &LedgerSampleRow::candidate),
      field("bytes", "bytes", &LedgerSampleRow::bytes),
      field("squared_error", "", &LedgerSampleRow::squared_error),
      field("fisher_error", "nats", &LedgerSampleRow::fisher_error),
      field("sparsity", "", &LedgerSampleRow::sparsity),
      field("row_error", "", &LedgerSampleRow::row_error),
      field("projection", "", &LedgerSampleRow::projection),
      field("divergence", "nats", &LedgerSampleRow::divergence),
      field("accuracy_drop", "points", &LedgerSampleRow::accuracy_drop),
  };
  return all;
}

}  // namespace adagrain
