#include "policies/training/profile_columns.h"

#include <array>

#include "framework/core/error.h"

namespace adagrain {

namespace {

using Type = Column::Type;

constexpr std::array kOperations = {Operation::conv2d, Operation::depthwise_conv2d, Operation::linear};
constexpr std::size_t kMostDimensions = 4;  // a Linear has two; the rest are -1

// One list says which number is which column, for writing and for reading.
template <typename Profile, typename Visit>
void visit_integers(Profile& profile, const Visit& visit) {
  auto& layer = profile.layer;
  visit("groups", layer.groups);
  visit("stride", layer.stride);
  visit("input_height", layer.input_height);
  visit("input_width", layer.input_width);
  visit("output_height", layer.output_height);
  visit("output_width", layer.output_width);
  visit("macs", layer.macs);
  visit("depth", layer.depth);
  visit("weight_count", profile.weights.count);
  visit("activation_count", profile.activations.count);
}

template <typename Profile, typename Visit>
void visit_reals(Profile& profile, const Visit& visit) {
  const auto statistics = [&](const std::string& prefix, auto& values) {
    visit(prefix + "entropy", values.entropy_bits);
    visit(prefix + "sparsity", values.sparsity);
    visit(prefix + "exact_sparsity", values.exact_sparsity);
    visit(prefix + "dynamic_range", values.dynamic_range_db);
    visit(prefix + "minimum", values.minimum);
    visit(prefix + "maximum", values.maximum);
    visit(prefix + "absmax", values.absmax);
    visit(prefix + "mean", values.mean);
    visit(prefix + "standard_deviation", values.standard_deviation);
    visit(prefix + "rms", values.rms);
    visit(prefix + "skewness", values.skewness);
    visit(prefix + "kurtosis", values.kurtosis);
  };
  statistics("weight_", profile.weights);
  statistics("activation_", profile.activations);
  visit("channel_scale_spread", profile.channel_scale_spread);
  visit("block_scale_spread", profile.block_scale_spread);
  visit("parameter_share", profile.parameter_share);
  visit("mac_share", profile.mac_share);
  visit("relative_depth", profile.relative_depth);
  visit("fisher_mean", profile.fisher_mean);
}

std::string dimension_name(std::size_t dimension) {
  return "dimension_" + std::to_string(dimension);
}

}  // namespace

std::vector<Column> ledger_layer_columns() {
  std::vector<Column> columns = {{"network", Type::text, "", 200},
                                 {"layer", Type::integer, ""},
                                 {"name", Type::text, "", 100},
                                 {"weight_name", Type::text, "", 100},
                                 {"operation", Type::integer, ""}};
  for (std::size_t dimension = 0; dimension < kMostDimensions; ++dimension) {
    columns.push_back({dimension_name(dimension), Type::integer, ""});
  }
  LayerProfile profile;
  visit_integers(profile, [&](const std::string& name, auto) {
    columns.push_back({name, Type::integer, ""});
  });
  visit_reals(profile, [&](const std::string& name, auto) { columns.push_back({name, Type::real, ""}); });
  return columns;
}

std::vector<Cell> ledger_layer_row(const std::string& network, std::size_t layer,
                                   const LayerProfile& profile) {
  std::vector<Cell> row = {network, static_cast<std::int64_t>(layer), profile.layer.name,
                           profile.layer.weight_name, static_cast<std::int64_t>(profile.layer.operation)};
  const Shape& shape = profile.layer.weight_shape;
  ensure(shape.size() <= kMostDimensions, "ledger: a weight tensor of {} dimensions", shape.size());
  for (std::size_t dimension = 0; dimension < kMostDimensions; ++dimension) {
    row.emplace_back(dimension < shape.size() ? shape[dimension] : std::int64_t{-1});
  }
  visit_integers(profile, [&](const std::string&, std::int64_t value) { row.emplace_back(value); });
  visit_reals(profile, [&](const std::string&, double value) { row.emplace_back(value); });
  return row;
}

LayerProfile profile_of_ledger_row(const ResultsTable& table, std::size_t row) {
  LayerProfile profile;
  profile.layer.name = table.text(row, "name");
  profile.layer.weight_name = table.text(row, "weight_name");
  const std::int64_t operation = table.integer(row, "operation");
  require<DataError>(operation >= 0 && operation < static_cast<std::int64_t>(kOperations.size()),
                     "policy ledger: operation {} is unknown", operation);
  profile.layer.operation = kOperations[static_cast<std::size_t>(operation)];
  for (std::size_t dimension = 0; dimension < kMostDimensions; ++dimension) {
    const std::int64_t size = table.integer(row, dimension_name(dimension));
    if (size >= 0) profile.layer.weight_shape.push_back(size);
  }
  visit_integers(profile,
                 [&](const std::string& name, std::int64_t& value) { value = table.integer(row, name); });
  visit_reals(profile, [&](const std::string& name, double& value) { value = table.real(row, name); });
  return profile;
}

}  // namespace adagrain
