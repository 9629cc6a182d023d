// Trials put side by side: means and spreads over seeds, in the order of the results file.
#pragma once

#include <string>
#include <vector>

#include "framework/report/schema.h"

namespace adagrain {

struct Spread {
  double mean = 0;
  double deviation = 0;  // sample standard deviation; 0 for a single value
  std::int64_t count = 0;
};
Spread spread(const std::vector<double>& values);

// Trials that differ by their seed only.
struct TrialGroup {
  std::string network{};  // its label: the dataset follows when two datasets share the network's name
  std::string policy{};
  double budget = 0;  // percentage points
  std::vector<RunRow> seeds{};

  Spread of(double RunRow::*member) const;
  Spread of(std::int64_t RunRow::*member) const;
  bool within_budget() const;  // for every seed
};

struct RunSummary {
  std::vector<std::string> networks, policies, hardware;
  std::vector<double> budgets;  // ascending
  std::vector<TrialGroup> groups;

  double middle_budget() const;  // the one nearest 0.5 points, the budget of most published tables
  std::size_t policy_index(const std::string& policy) const;
  // Null when there is none.
  const TrialGroup* find(const std::string& network, const std::string& policy, double budget) const;
};

// "0.5 points", "1 point".
std::string points_text(double points);

// Of the rows of one hardware preset; the first preset when none is named, so that each trial counts once.
RunSummary summarise(const std::vector<RunRow>& rows, const std::string& hardware = {});

}  // namespace adagrain
