// A layer's profile as a row of the ledger: every number of it but Fisher's diagonal and the
// spreads of activations, so that features may
// change without measuring again.
#pragma once

#include <string>
#include <vector>

#include "framework/profiling/profile.h"
#include "framework/report/results_file.h"

namespace adagrain {

std::vector<Column> ledger_layer_columns();
std::vector<Cell> ledger_layer_row(const std::string& network, std::size_t layer,
                                   const LayerProfile& profile);
LayerProfile profile_of_ledger_row(const ResultsTable& table, std::size_t row);

}  // namespace adagrain
