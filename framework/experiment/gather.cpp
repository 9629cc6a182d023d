#include "framework/experiment/gather.h"

#include <algorithm>
#include <map>

#include "framework/report/schema.h"

namespace adagrain {

namespace {

std::vector<StepRow> last_tries(std::vector<StepRow> rows) {
  std::map<std::string, std::vector<StepRow>> of_trial;
  std::vector<std::string> order;
  for (StepRow& row : rows) {
    std::vector<StepRow>& steps = of_trial[row.run];
    if (steps.empty()) order.push_back(row.run);
    if (row.step == 0) steps.clear();
    steps.push_back(std::move(row));
  }
  std::vector<StepRow> last;
  for (const std::string& trial : order)
    last.insert(last.end(), of_trial.at(trial).begin(), of_trial.at(trial).end());
  return last;
}

bool has_profile(const Results& run, const ProfileRow& of) {
  const std::vector<ProfileRow> rows = read_rows<ProfileRow>(run);
  return std::any_of(rows.begin(), rows.end(), [&](const ProfileRow& row) {
    return row.network == of.network && row.dataset == of.dataset;
  });
}

}  // namespace

void gather(const Results& job, Results& run) {
  const std::vector<ProfileRow> profile = read_rows<ProfileRow>(job);
  if (!profile.empty() && !has_profile(run, profile.front())) run.add(rows_of(profile));
  run.add(rows_of(last_tries(read_rows<StepRow>(job))));
  run.add(rows_of(read_rows<LayerRow>(job)));
  run.add(rows_of(read_rows<RunRow>(job)));
  run.add(rows_of(read_rows<TrainingRow>(job)));
  run.add(rows_of(read_rows<TrainingProfileRow>(job)));
}

}  // namespace adagrain
