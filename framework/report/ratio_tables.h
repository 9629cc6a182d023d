// The tables of a comparison as the README shows them: policies down, networks across, one for each budget.
#pragma once

#include <string>

#include "framework/report/run_summary.h"

namespace adagrain {

// GitHub Markdown. A cell is the compression ratio, its standard deviation over seeds where there are several
// and they differ, the mean drop on test in points, and "\*" where a seed did not keep the budget: "12.6 ±
// 0.6 (0.48)\*". Empty without trials.
std::string ratio_tables(const RunSummary& summary);

}  // namespace adagrain
