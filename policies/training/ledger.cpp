#include "policies/training/ledger.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "framework/core/checksum.h"
#include "framework/core/interrupt.h"
#include "policies/promising.h"
#include "policies/training/profile_columns.h"

namespace adagrain {

namespace {

using Type = Column::Type;

constexpr const char* kNetworks = "/policy_ledger/networks";
constexpr const char* kLayers = "/policy_ledger/layers";
constexpr const char* kSamples = "/policy_ledger/samples";

const std::vector<Column> kNetworkColumns = {{"network", Type::text, "", 200},
                                             {"group", Type::text, "", 64},
                                             {"model", Type::text, "", 64},
                                             {"selection", Type::text, "", 8}};
const std::vector<Column> kSampleColumns = {
    {"network", Type::text, "", 200},     {"selection", Type::text, "", 8},
    {"layer", Type::integer, ""},         {"candidate", Type::text, "", 160},
    {"bytes", Type::integer, "bytes"},    {"squared_error", Type::real, ""},
    {"fisher_error", Type::real, "nats"}, {"sparsity", Type::real, ""},
    {"row_error", Type::real, ""},        {"projection", Type::real, ""},
    {"divergence", Type::real, "nats"},   {"accuracy_drop", Type::real, "points"}};

ResultsFile create_or_open(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    ResultsFile file = ResultsFile::create(path);
    file.create_table(kNetworks, kNetworkColumns);
    file.create_table(kLayers, ledger_layer_columns());
    file.create_table(kSamples, kSampleColumns);
    return file;
  }
  ResultsFile file = ResultsFile::open(path);
  require<DataError>(file.has(kNetworks) && file.has(kLayers) && file.has(kSamples),
                     "{}: is no ledger of policy training; name another file", path.string());
  return file;
}

// [network's id] -> what was selected last.
std::map<std::string, std::string> selections(const ResultsFile& file) {
  std::map<std::string, std::string> last;
  const ResultsTable networks = file.read_table(kNetworks);
  for (std::size_t row = 0; row < networks.rows.size(); ++row)
    last[networks.text(row, "network")] = networks.text(row, "selection");
  return last;
}

enum class Samples { of_last_selection, all };

PolicyDataset read_dataset(const ResultsFile& file, Samples wanted) {
  PolicyDataset dataset;
  std::map<std::string, std::size_t> place;
  const std::map<std::string, std::string> selected = selections(file);
  const ResultsTable networks = file.read_table(kNetworks);
  for (std::size_t row = 0; row < networks.rows.size(); ++row) {
    const std::string& id = networks.text(row, "network");
    if (!place.try_emplace(id, dataset.networks.size()).second) continue;
    dataset.networks.push_back({id, networks.text(row, "group"), {networks.text(row, "model"), {}}});
  }
  const ResultsTable layers = file.read_table(kLayers);
  for (std::size_t row = 0; row < layers.rows.size(); ++row) {
    const auto found = place.find(layers.text(row, "network"));
    require<DataError>(found != place.end(), "policy ledger: a layer of an unknown network '{}'",
                       layers.text(row, "network"));
    auto& known = dataset.networks[found->second].profile.layers;
    // A kill between a network's rows leaves a prefix, which the next run wrote again.
    if (layers.integer(row, "layer") == static_cast<std::int64_t>(known.size())) {
      known.push_back(profile_of_ledger_row(layers, row));
    }
  }
  const ResultsTable samples = file.read_table(kSamples);
  for (std::size_t row = 0; row < samples.rows.size(); ++row) {
    const auto found = place.find(samples.text(row, "network"));
    const std::int64_t layer = samples.integer(row, "layer");
    require<DataError>(
        found != place.end() && layer >= 0 &&
            layer < static_cast<std::int64_t>(dataset.networks[found->second].profile.layers.size()),
        "policy ledger: a sample of an unknown layer {} of '{}'", layer, samples.text(row, "network"));
    if (wanted == Samples::of_last_selection &&
        samples.text(row, "selection") != selected.at(samples.text(row, "network")))
      continue;
    Sample sample;
    sample.network = found->second;
    sample.layer = static_cast<std::size_t>(layer);
    sample.priced.candidate = parse_candidate(samples.text(row, "candidate"));
    sample.priced.bytes = static_cast<std::uint64_t>(samples.integer(row, "bytes"));
    sample.priced.squared_error = samples.real(row, "squared_error");
    sample.priced.fisher_error = samples.real(row, "fisher_error");
    sample.priced.sparsity = samples.real(row, "sparsity");
    sample.priced.row_error = samples.real(row, "row_error");
    sample.priced.projection = samples.real(row, "projection");
    sample.divergence = samples.real(row, "divergence");
    sample.accuracy_drop_points = samples.real(row, "accuracy_drop");
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

Ledger::Ledger(const std::filesystem::path& file) : file_(create_or_open(file)) {}

PolicyDataset Ledger::read() const {
  return read_dataset(file_, Samples::of_last_selection);
}

void Ledger::enter_network(const LedgerNetwork& network, const std::string& selection) {
  std::size_t layers = 0;
  for (const LedgerNetwork& other : read().networks)
    if (other.id == network.id) layers = other.profile.layers.size();
  const std::map<std::string, std::string> selected = selections(file_);
  const auto last = selected.find(network.id);
  if (last == selected.end() || last->second != selection)
    file_.append(kNetworks, {network.id, network.group, network.profile.model, selection});
  for (std::size_t layer = layers; layer < network.profile.layers.size(); ++layer) {
    file_.append(kLayers, ledger_layer_row(network.id, layer, network.profile.layers[layer]));
  }
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
  for_each_sample_of(read_dataset(file_, Samples::all), network.id, [&](const Sample& sample) {
    known[{sample.layer, sample.priced.candidate}] = {sample.divergence, sample.accuracy_drop_points};
  });
  std::set<std::pair<std::size_t, Candidate>> entered;
  for_each_sample_of(read(), network.id,
                     [&](const Sample& sample) { entered.emplace(sample.layer, sample.priced.candidate); });
  std::size_t measured = 0;
  for (std::size_t layer = 0; layer < table.size(); ++layer) {
    const auto& row = table[layer];
    const std::vector<std::uint32_t> group = same_weights(row);
    std::vector<std::vector<Cell>> fresh;
    const auto enter = [&](std::uint32_t index, const Measurement& result) {
      const PricedCandidate& one = row[index];
      if (entered.contains({layer, one.candidate})) return;
      fresh.push_back({network.id, selection, static_cast<std::int64_t>(layer), to_string(one.candidate),
                       static_cast<std::int64_t>(one.bytes), one.squared_error, one.fisher_error,
                       one.sparsity, one.row_error, one.projection, result.divergence,
                       result.accuracy_drop_points});
    };
    const auto write = [&] {
      if (!fresh.empty()) file_.append_all(kSamples, fresh);
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

PolicyDataset read_ledgers(const std::vector<std::filesystem::path>& files) {
  PolicyDataset all;
  std::map<std::string, std::size_t> place;
  std::set<std::tuple<std::size_t, std::size_t, Candidate>> seen;
  for (const auto& path : files) {
    const PolicyDataset part = read_dataset(ResultsFile::open_read_only(path), Samples::of_last_selection);
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
