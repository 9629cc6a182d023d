#include "policies/training/ledger.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "framework/core/checksum.h"
#include "framework/core/interrupt.h"
#include "framework/report/provenance_texts.h"
#include "policies/promising.h"
#include "policies/training/ledger_rows.h"

namespace adagrain {

namespace {

Identity ledger_identity() {
  Identity identity;
  identity.add("kind", "ledger of policy training");
  return identity;
}

Results ledger_tables() {
  Results results = empty_tables<LedgerNetworkRow, LedgerLayerRow, LedgerSampleRow>();
  results.texts = provenance_texts();
  return results;
}

// Somebody else's file must not become a ledger. What is left of a damaged one is used.
const std::filesystem::path& checked(const std::filesystem::path& file) {
  const EarlierResults earlier = earlier_results(file, ledger_identity(), ledger_tables());
  require<DataError>(earlier.lost.empty() || !earlier.results.texts.empty(),
                     "{}: is no ledger of policy training that goes on ({}); move it away, or name another "
                     "file",
                     file.string(), earlier.lost);
  return file;
}

// [network's id] -> what was selected last.
std::map<std::string, std::string> selections(const Results& results) {
  std::map<std::string, std::string> last;
  for (const LedgerNetworkRow& row : read_rows<LedgerNetworkRow>(results)) last[row.network] = row.selection;
  return last;
}

enum class Samples { of_last_selection, all };

PolicyDataset read_dataset(const Results& results, Samples wanted) {
  PolicyDataset dataset;
  std::map<std::string, std::size_t> place;
  const std::map<std::string, std::string> selected = selections(results);
  for (const LedgerNetworkRow& row : read_rows<LedgerNetworkRow>(results)) {
    if (!place.try_emplace(row.network, dataset.networks.size()).second) continue;
    dataset.networks.push_back({row.network, row.group, {row.model, {}}});
  }
  for (const LedgerLayerRow& row : read_rows<LedgerLayerRow>(results)) {
    const auto found = place.find(row.network);
    require<DataError>(found != place.end(), "policy ledger: a layer of an unknown network '{}'",
                       row.network);
    auto& known = dataset.networks[found->second].profile.layers;
    require<DataError>(row.layer == static_cast<std::int64_t>(known.size()),
                       "policy ledger: layer {} of '{}' after {} others", row.layer, row.network,
                       known.size());
    known.push_back(profile_of(row));
  }
  for (const LedgerSampleRow& row : read_rows<LedgerSampleRow>(results)) {
    const auto found = place.find(row.network);
    require<DataError>(
        found != place.end() && row.layer >= 0 &&
            row.layer < static_cast<std::int64_t>(dataset.networks[found->second].profile.layers.size()),
        "policy ledger: a sample of an unknown layer {} of '{}'", row.layer, row.network);
    if (wanted == Samples::of_last_selection && row.selection != selected.at(row.network)) continue;
    Sample sample;
    sample.network = found->second;
    sample.layer = static_cast<std::size_t>(row.layer);
    sample.priced.candidate = parse_candidate(row.candidate);
    sample.priced.bytes = static_cast<std::uint64_t>(row.bytes);
    sample.priced.squared_error = row.squared_error;
    sample.priced.fisher_error = row.fisher_error;
    sample.priced.sparsity = row.sparsity;
    sample.priced.row_error = row.row_error;
    sample.priced.projection = row.projection;
    sample.divergence = row.divergence;
    sample.accuracy_drop_points = row.accuracy_drop;
    dataset.samples.push_back(std::move(sample));
  }
  return dataset;
}

template <typename Visit>
void for_each_sample_of(const PolicyDataset& dataset, const std::string& network, const Visit& visit) {
  for (const Sample& sample : dataset.samples)
    if (dataset.networks[sample.network].id == network) visit(sample);
}

// Of the candidates there are and how they are drawn: eight hexadecimal digits.
std::string selection_of(const CandidateTable& table, const LedgerOptions& options) {
  std::string text = fmt::format("{} {}\n", options.samples_per_layer, options.seed);
  for (const auto& layer : table)
    for (const PricedCandidate& one : layer) text += to_string(one.candidate) + '\n';
  return fmt::format("{:08x}", crc32(std::vector<std::uint8_t>(text.begin(), text.end())));
}

}  // namespace

Ledger::Ledger(const std::filesystem::path& file) : log_(checked(file), ledger_identity(), ledger_tables()) {}

bool Ledger::exists(const std::filesystem::path& file) {
  return std::filesystem::exists(file) || std::filesystem::exists(journal_of(file));
}

void Ledger::enter_network(const LedgerNetwork& network, const std::string& selection) {
  const std::map<std::string, std::string> selected = selections(log_.content());
  const auto last = selected.find(network.id);
  if (last != selected.end() && last->second == selection) return;
  Results rows = rows_of<LedgerNetworkRow>({{network.id, network.group, network.profile.model, selection}});
  if (last == selected.end()) {
    std::vector<LedgerLayerRow> layers;
    for (std::size_t layer = 0; layer < network.profile.layers.size(); ++layer)
      layers.push_back(ledger_layer_row(network.id, layer, network.profile.layers[layer]));
    rows.add(rows_of(layers));
  }
  log_.append(rows);
}

std::size_t Ledger::measure(const LedgerNetwork& network, const CandidateTable& table,
                            const LedgerOptions& options,
                            const std::function<Measurement(std::size_t, const Candidate&)>& measure,
                            const std::function<void()>& on_progress) {
  ensure(table.size() == network.profile.layers.size(), "ledger: {} rows of candidates for {} layers",
         table.size(), network.profile.layers.size());
  const std::string selection = selection_of(table, options);
  enter_network(network, selection);
  std::map<std::pair<std::size_t, Candidate>, Measurement> known;
  for_each_sample_of(read_dataset(log_.content(), Samples::all), network.id, [&](const Sample& sample) {
    known[{sample.layer, sample.priced.candidate}] = {sample.divergence, sample.accuracy_drop_points};
  });
  std::set<std::pair<std::size_t, Candidate>> entered;
  for_each_sample_of(read_dataset(log_.content(), Samples::of_last_selection), network.id,
                     [&](const Sample& sample) { entered.emplace(sample.layer, sample.priced.candidate); });
  std::size_t measured = 0;
  for (std::size_t layer = 0; layer < table.size(); ++layer) {
    const auto& row = table[layer];
    const std::vector<std::uint32_t> group = same_weights(row);
    std::vector<LedgerSampleRow> fresh;
    const auto enter = [&](std::uint32_t index, const Measurement& result) {
      const PricedCandidate& one = row[index];
      if (entered.contains({layer, one.candidate})) return;
      fresh.push_back({.network = network.id,
                       .selection = selection,
                       .layer = static_cast<std::int64_t>(layer),
                       .candidate = to_string(one.candidate),
                       .bytes = static_cast<std::int64_t>(one.bytes),
                       .squared_error = one.squared_error,
                       .fisher_error = one.fisher_error,
                       .sparsity = one.sparsity,
                       .row_error = one.row_error,
                       .projection = one.projection,
                       .divergence = result.divergence,
                       .accuracy_drop = result.accuracy_drop_points});
    };
    const auto write = [&] {
      if (!fresh.empty()) log_.append(rows_of(fresh));
      fresh.clear();
    };
    for (std::uint32_t index = 0; index < row.size(); ++index) {
      if (row[index].squared_error == 0) enter(index, {});
    }
    write();
    const std::string stream = "ledger/" + network.id + "/" + network.profile.layers[layer].layer.weight_name;
    for (const std::uint32_t index : sample_layer(row, options.samples_per_layer, options.seed, stream)) {
      stop_if_interrupted("the ledger keeps every measurement so far");
      const auto found = known.find({layer, row[index].candidate});
      const Measurement result = found != known.end() ? found->second : measure(layer, row[index].candidate);
      measured += found == known.end();
      enter(index, result);
      for (std::uint32_t twin = 0; twin < row.size(); ++twin) {
        if (twin != index && group[twin] == group[index]) enter(twin, result);
      }
      write();
      on_progress();
    }
  }
  return measured;
}

namespace {

Results read_ledger(const std::filesystem::path& file) {
  return earlier_results(checked(file), ledger_identity(), ledger_tables()).results;
}

}  // namespace

PolicyDataset read_ledgers(const std::vector<std::filesystem::path>& files) {
  PolicyDataset all;
  std::map<std::string, std::size_t> place;
  std::set<std::tuple<std::size_t, std::size_t, Candidate>> seen;
  for (const auto& path : files) {
    const PolicyDataset part = read_dataset(read_ledger(path), Samples::of_last_selection);
    std::vector<std::size_t> target;
    for (const LedgerNetwork& network : part.networks) {
      const auto [found, fresh] = place.try_emplace(network.id, all.networks.size());
      if (fresh) all.networks.push_back(network);
      target.push_back(found->second);
    }
    for (Sample sample : part.samples) {
      sample.network = target[sample.network];
      if (seen.emplace(sample.network, sample.layer, sample.priced.candidate).second) {
        all.samples.push_back(std::move(sample));
      }
    }
  }
  return all;
}

}  // namespace adagrain
