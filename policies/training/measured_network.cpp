#include "policies/training/measured_network.h"

#include <algorithm>
#include <cmath>

#include "policies/equal_slopes.h"

namespace adagrain {

double MeasuredNetwork::total_divergence(const Choice& choice) const {
  double sum = 0;
  for (std::size_t layer = 0; layer < choice.size(); ++layer) sum += divergence[layer][choice[layer]];
  return sum;
}

std::vector<MeasuredNetwork> measured_networks(const PolicyDataset& dataset) {
  std::vector<MeasuredNetwork> all;
  for (const LedgerNetwork& network : dataset.networks) {
    MeasuredNetwork measured{network.id, network.group, network.profile, {}, {}, {}};
    measured.table.resize(network.profile.layers.size());
    measured.divergence.resize(network.profile.layers.size());
    all.push_back(std::move(measured));
  }
  std::vector<const Sample*> samples;
  for (const Sample& sample : dataset.samples) samples.push_back(&sample);
  std::stable_sort(samples.begin(), samples.end(),
                   [](const Sample* a, const Sample* b) { return a->priced.bytes > b->priced.bytes; });
  for (const Sample* sample : samples) {
    all[sample->network].table[sample->layer].push_back(sample->priced);
    all[sample->network].divergence[sample->layer].push_back(std::max(0.0, sample->divergence));
  }
  std::erase_if(all, [](const MeasuredNetwork& network) {
    const auto measured = [](const std::vector<double>& layer) {
      return std::any_of(layer.begin(), layer.end(), [](double divergence) { return divergence > 0; });
    };
    return network.table.empty() ||
           !std::all_of(network.divergence.begin(), network.divergence.end(), measured);
  });
  for (MeasuredNetwork& network : all) {
    const std::vector<Choice> best = oracle_choices(network);
    for (const double budget : budgets()) {
      network.oracle_log_bytes.push_back(std::log(bytes_within(network, best, budget)));
    }
  }
  return all;
}

std::vector<Choice> oracle_choices(const MeasuredNetwork& network) {
  return equal_slopes(tradeoffs(network.table, [&](std::size_t layer) { return network.divergence[layer]; }));
}

const Choice& choice_within(const MeasuredNetwork& network, const std::vector<Choice>& path,
                            double divergence) {
  const Choice* best = nullptr;
  const Choice* careful = &path.front();
  for (const Choice& choice : path) {
    const double total = network.total_divergence(choice);
    if (total < network.total_divergence(*careful)) careful = &choice;
    if (total > divergence) continue;
    if (best == nullptr || total_bytes(network.table, choice) < total_bytes(network.table, *best))
      best = &choice;
  }
  return best == nullptr ? *careful : *best;
}

double bytes_within(const MeasuredNetwork& network, const std::vector<Choice>& path, double divergence) {
  const Choice& within = choice_within(network, path, divergence);
  if (network.total_divergence(within) > divergence) {
    double lossless = 0;
    for (const auto& row : network.table) {
      double least = 4.0 * static_cast<double>(row.front().bytes);
      for (const PricedCandidate& one : row) {
        if (one.squared_error == 0) least = std::min(least, static_cast<double>(one.bytes));
      }
      lossless += least;
    }
    return lossless;
  }
  return static_cast<double>(total_bytes(network.table, within));
}

std::span<const double> budgets() {
  static const std::vector<double> all = [] {
    std::vector<double> values;
    for (int third = 0; third <= 15; ++third) values.push_back(0.003 * std::exp2(third / 3.0));
    return values;
  }();
  return all;
}

double log_regret(const MeasuredNetwork& network, const std::vector<Choice>& path) {
  double sum = 0;
  for (std::size_t budget = 0; budget < budgets().size(); ++budget) {
    sum += std::log(bytes_within(network, path, budgets()[budget])) - network.oracle_log_bytes[budget];
  }
  return sum / static_cast<double>(budgets().size());
}

std::vector<Choice> policy_choices(const MeasuredNetwork& network, Policy& policy) {
  policy.prepare(network.input());
  ensure(policy.path() != nullptr, "policy: its plans are not known");
  std::vector<Choice> choices;
  for (const PathPoint& point : policy.path()->points()) choices.push_back(point.choice);
  return choices;
}

}  // namespace adagrain
