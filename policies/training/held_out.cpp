#include "policies/training/held_out.h"

#include <cmath>
#include <set>

#include "framework/core/interrupt.h"
#include "framework/core/registry.h"
#include "policies/equal_slopes.h"
#include "policies/training/fit_rule_based.h"

namespace adagrain {

namespace {

std::vector<Choice> learned_choices(const MeasuredNetwork& network, const DamageModel& model) {
  return equal_slopes(tradeoffs(network.table, [&](std::size_t layer) {
    return model.divergence(network.profile, layer, network.table[layer]);
  }));
}

void compare_choices(const MeasuredNetwork& network, const std::vector<Choice>& learned,
                     HeldOutNetwork& row) {
  const double budget = budgets()[budgets().size() / 2];
  const std::vector<Choice> oracle = oracle_choices(network);
  const Choice& ours = choice_within(network, learned, budget);
  const Choice& best = choice_within(network, oracle, budget);
  const auto share = 1.0 / static_cast<double>(ours.size());
  for (std::size_t layer = 0; layer < ours.size(); ++layer) {
    const Candidate& a = network.table[layer][ours[layer]].candidate;
    const Candidate& b = network.table[layer][best[layer]].candidate;
    row.same_granularity += a.granularity == b.granularity ? share : 0;
    row.same_scheme += a.scheme == b.scheme ? share : 0;
    row.same_candidate += a == b ? share : 0;
  }
}

// Rivals that need no fitting, with their default keys.
void judge_rivals(const MeasuredNetwork& network, HeldOutNetwork& row) {
  for (const char* name : {"lagrangian", "single_step", "size_share", "uniform"}) {
    const auto policy = Registry<Policy>::create(name);
    policy->configure(Config::parse("", "held out"));
    try {
      row.regret[name] = std::expm1(log_regret(network, policy_choices(network, *policy)));
    } catch (const ConfigError&) {
      continue;
    }
  }
}

HeldOutNetwork judge_network(const MeasuredNetwork& network, const PolicyDataset& dataset,
                             const HeldOutGroup& fitted) {
  HeldOutNetwork row{network.id, network.group, {}, 0, 0, 0, {}};
  PolicyDataset alone = dataset;
  std::erase_if(alone.samples,
                [&](const Sample& one) { return dataset.networks[one.network].id != network.id; });
  row.quality = prediction_quality(fitted.model, alone);
  const std::vector<Choice> learned = learned_choices(network, fitted.model);
  row.regret["learned"] = std::expm1(log_regret(network, learned));
  compare_choices(network, learned, row);
  judge_rivals(network, row);
  try {
    const std::vector<Choice> rule = rule_choices(network.input(), fitted.rule, "held out");
    row.regret["rule_based"] = std::expm1(log_regret(network, rule));
  } catch (const ConfigError&) {
    // Its chain was not measured on some layer of this network: no row rather than a wrong one.
  }
  return row;
}

}  // namespace

std::vector<HeldOutGroup> judge_held_out(const PolicyDataset& dataset, const LearnedTraining& training,
                                         const std::function<void(const std::string& group)>& on_group) {
  std::set<std::string> groups;
  for (const LedgerNetwork& network : dataset.networks) groups.insert(network.group);
  require<DataError>(groups.size() >= 2,
                     "train-policy: {} group of networks; holding one out needs at least two", groups.size());
  std::vector<HeldOutGroup> all;
  for (const std::string& group : groups) {
    stop_if_interrupted("the ledger keeps every measurement so far");
    const PolicyDataset seen = without_group(dataset, group), unseen = with_group(dataset, group);
    HeldOutGroup fitted{
        group, train_damage_model(seen, training), fit_rule_based(measured_networks(seen), [] {}).rule, {}};
    for (const MeasuredNetwork& network : measured_networks(unseen)) {
      fitted.networks.push_back(judge_network(network, unseen, fitted));
    }
    all.push_back(std::move(fitted));
    on_group(group);
  }
  return all;
}

}  // namespace adagrain
