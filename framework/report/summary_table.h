// The table and the lines that a run ends with.
#pragma once

#include <string>
#include <vector>

#include "framework/core/text_table.h"
#include "framework/report/schema.h"

namespace adagrain {

// network x policy x budget: ratio, accuracy, drop, cost, each the mean over seeds with its standard
// deviation.
TextTable summary_table(const std::vector<RunRow>& rows);

// One line for each trial whose budget was out of reach: its file is the closest that was found.
std::vector<std::string> unreached_budgets(const std::vector<RunRow>& rows);

}  // namespace adagrain
