// A figure of one's own.
#pragma once

#include <map>
#include <memory>

#include "framework/core/registry.h"
#include "framework/report/figure.h"
#include "framework/report/schema.h"

namespace adagrain {

// How many evaluations each policy took in all.
class Evaluations : public Figure {
 public:
  std::string table() const override { return RunRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    std::map<std::string, std::int64_t> sums;
    for (const RunRow& row : read_rows<RunRow>(results)) sums[row.policy] += row.evaluations;
    if (sums.empty()) return {};
    Drawing drawing{"evaluations", "Evaluations of each policy", CsvTable({"policy", "evaluations"}), {}, ""};
    for (const auto& [policy, sum] : sums) drawing.data.add({policy, sum});
    drawing.commands = "plot csv using 'evaluations':xtic(1) with boxes notitle\n";
    return {drawing};
  }
};

inline const bool evaluations_registered = Registry<Figure>::add(
    "evaluations", "evaluations of each policy, for tests", [] { return std::make_unique<Evaluations>(); });

}  // namespace adagrain
