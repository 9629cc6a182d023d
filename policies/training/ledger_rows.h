// The tables of a ledger. results/README.md documents those of experiments; these are for train-policy alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/profiling/profile.h"
#include "framework/report/schema_field.h"

namespace adagrain {

// A network each time its candidates are selected anew; the last row counts.
struct LedgerNetworkRow {
  static constexpr const char* path = "/policy_ledger/networks";
  std::string network{}, group{}, model{};
  std::string selection{};  // of the candidates there are and how they are drawn: a checksum
};

// A layer's profile: every number of it but Fisher's diagonal and the spreads of activations, so that
// features may change without measuring again.
struct LedgerLayerRow {
  static constexpr const char* path = "/policy_ledger/layers";
  std::string network{};
  std::int64_t layer = 0;
  std::int64_t operation = 0;                              // profile.layer.operation
  std::array<std::int64_t, 4> dimensions{-1, -1, -1, -1};  // profile.layer.weight_shape; -1 behind its end
  LayerProfile profile{};
};
LedgerLayerRow ledger_layer_row(const std::string& network, std::size_t layer, const LayerProfile& profile);
// The inverse. Throws DataError when the operation is none.
LayerProfile profile_of(const LedgerLayerRow& row);

// One candidate on one layer, all other layers as they were.
struct LedgerSampleRow {
  static constexpr const char* path = "/policy_ledger/samples";
  std::string network{}, selection{};
  std::int64_t layer = 0;
  std::string candidate{};
  std::int64_t bytes = 0;
  double squared_error = 0, fisher_error = 0, sparsity = 0, row_error = 0, projection = 0;
  double divergence = 0, accuracy_drop = 0;
};

template <>
const std::vector<Field<LedgerNetworkRow>>& fields<LedgerNetworkRow>();
template <>
const std::vector<Field<LedgerLayerRow>>& fields<LedgerLayerRow>();
template <>
const std::vector<Field<LedgerSampleRow>>& fields<LedgerSampleRow>();

}  // namespace adagrain
