#include "framework/experiment/policy_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/compression/payload/layer_codec.h"
#include "framework/core/checkpoint.h"
#include "framework/core/checksum.h"
#include "framework/core/files.h"
#include "framework/core/project_root.h"
#include "framework/evaluation/batch_norm_folding.h"
#include "framework/experiment/experiment_config.h"
#include "framework/experiment/job_log.h"
#include "framework/report/provenance_texts.h"
#include "framework/search/pricing.h"

namespace adagrain {

namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path in_project(const std::filesystem::path& path) {
  return path.is_relative() ? project_root() / path : path;
}

LearnedTraining read_learned(const Config& config, std::uint64_t seed) {
  LearnedTraining learned;
  learned.seed = seed;
  learned.members = config.get("members", learned.members, {1, 50});
  learned.caution = config.get("caution", learned.caution, {0, 5});
  learned.mlp.hidden = config.get("hidden", learned.mlp.hidden, {1, 512});
  learned.mlp.epochs = config.get("epochs", learned.mlp.epochs, {1, 10000});
  learned.mlp.batch = config.get("batch", learned.mlp.batch, {1, 100000});
  learned.mlp.learning_rate = config.get("learning_rate", learned.mlp.learning_rate, {1e-6, 1});
  learned.mlp.weight_decay = config.get("weight_decay", learned.mlp.weight_decay, {0, 1});
  config.finish();
  return learned;
}

// A group's name becomes part of a file's name.
void check_group(const Config& entry, const std::string& group) {
  const bool plain = !group.empty() && group.size() <= 64 &&
                     std::all_of(group.begin(), group.end(), [](unsigned char letter) {
                       return std::isalnum(letter) || letter == '_' || letter == '-';
                     });
  if (!plain) entry.fail("group", fmt::format("is '{}'; allowed: letters, digits, - and _", group));
}

std::filesystem::path ledger_file(const PolicyTraining& training, std::size_t network) {
  return training.ledger / (training.networks[network].options.weights.stem().string() + ".h5");
}

// The content of the weights is part of the name: retrained networks are measured anew.
std::string network_id(const PolicyTraining& training, std::size_t network) {
  const ClassifierOptions& options = training.networks[network].options;
  return fmt::format("{}/{}:{:08x}:{}{}", options.dataset, options.weights.stem().string(),
                     crc32(read_file(options.weights)), training.measured_images,
                     training.fold_batch_norm ? "" : ":unfolded");
}

// What trained policies carry with them: the program, the configuration and the measurements they were fitted
// to.
Json provenance_of(const PolicyTraining& training) {
  Json provenance = provenance_texts();
  provenance["configuration"] = training.conditions.values();
  for (std::size_t network = 0; network < training.networks.size(); ++network) {
    const std::filesystem::path file = ledger_file(training, network);
    for (const std::filesystem::path& ledger : {file, journal_of(file)})
      if (std::filesystem::exists(ledger))
        provenance["ledger"][ledger.filename().string()] = content_checksum(ledger);
  }
  return provenance;
}

}  // namespace

PolicyTraining load_policy_training(const std::filesystem::path& file) {
  const Config config = Config::load(file);
  PolicyTraining training;
  training.file = file;
  training.ledger = in_project(config.get<std::string>("ledger", "results/policy_ledger"));
  training.output = in_project(config.get<std::string>("output", "policies/trained"));
  const auto device = config.choice("device", {"auto", "cpu", "cuda"}, "auto");
  std::set<std::string> stems;
  for (const Config& entry : config.children("networks")) {
    PolicyTrainingNetwork network{read_network(entry, device), {}};
    network.group = entry.get("group", network.options.network);
    check_group(entry, network.group);
    entry.finish();
    if (!stems.insert(network.options.weights.stem().string()).second) {
      entry.fail("weights",
                 fmt::format("another network's weights are also called '{}'; each needs a ledger of its own",
                             network.options.weights.stem().string()));
    }
    training.networks.push_back(std::move(network));
  }
  if (training.networks.empty())
    config.fail("networks", "at least one {network: ..., dataset: ...} is expected");
  training.candidates = read_candidate_space(config.child_or_empty("candidates"));
  training.sampling.seed = config.get<std::uint64_t>("seed", 1);
  training.sampling.samples_per_layer =
      static_cast<std::size_t>(config.get("samples_per_layer", 64, {8, 10000}));
  std::vector<std::string> datasets;
  for (const PolicyTrainingNetwork& network : training.networks) datasets.push_back(network.options.dataset);
  training.calibration_images =
      read_image_count(config, "calibration_images", training.calibration_images, 1, datasets, Split::train);
  training.measured_images =
      read_image_count(config, "measured_images", training.measured_images, 100, datasets, Split::validation);
  training.fold_batch_norm = config.get("fold_batch_norm", true);
  training.learned = read_learned(config.child_or_empty("learned"), training.sampling.seed);
  config.finish();
  training.conditions.add(config.values({"ledger", "output"}));
  return training;
}

Identity job_identity(const PolicyTraining& training, std::size_t network) {
  const ClassifierOptions& options = training.networks.at(network).options;
  Identity identity = training.conditions;
  identity.add_file("weights", options.weights);
  identity.add("data", dataset_facts(options.dataset).checksum);
  return identity;
}

void measure_network(const PolicyTraining& training, std::size_t network, const JobOptions& options,
                     const std::function<void(const std::string&)>& on_line) {
  const PolicyTrainingNetwork& spec = training.networks.at(network);
  const std::string job = spec.options.weights.stem().string();
  const Identity identity = options.checked(job_identity(training, network), job);
  Classifier classifier(spec.options);
  const std::string id = network_id(training, network);
  require_unchanged(identity, job_identity(training, network), job);
  const Checkpoint weights = training.fold_batch_norm
                                 ? fold_batch_norms(classifier.checkpoint(), classifier.layers())
                                 : classifier.checkpoint();
  const ModelProfile profile =
      classifier.profile(weights, training.calibration_images, training.sampling.seed);
  const Pricer pricer(weights, profile);
  const CandidateTable table = pricer.table(training.candidates, options.threads);
  const double reference = classifier.evaluate(weights, Split::validation, training.measured_images).accuracy;

  Checkpoint changed = weights;
  const auto measure = [&](std::size_t layer, const Candidate& candidate) {
    const std::string& name = profile.layers[layer].layer.weight_name;
    Tensor* place = find_tensor(changed, name);
    const std::vector<float> original = place->values;
    const EncodedLayer encoded = encode_layer(original, place->shape, candidate, pricer.evidence().at(name));
    place->values = decode_layer(encoded.payload, place->shape).weights;
    const Evaluation result = classifier.evaluate(changed, Split::validation, training.measured_images);
    place->values = original;
    return Measurement{result.divergence, 100 * (reference - result.accuracy)};
  };
  std::filesystem::create_directories(training.ledger);
  Ledger ledger(ledger_file(training, network));
  std::int64_t done = 0;
  const std::size_t measured =
      ledger.measure({id, spec.group, profile}, table, training.sampling, measure, [&] {
        if (++done % 16 == 0) on_line(fmt::format("{}: {} candidates", job, done));
      });
  ledger.finish();
  on_line(fmt::format("{}: {} candidates measured now, {} in all", job, measured, done));
}

PolicyDataset read_measurements(const PolicyTraining& training) {
  std::vector<std::filesystem::path> files;
  std::set<std::string> wanted;
  std::map<std::string, std::string> groups;
  for (std::size_t network = 0; network < training.networks.size(); ++network) {
    if (!Ledger::exists(ledger_file(training, network))) continue;
    files.push_back(ledger_file(training, network));
    groups[network_id(training, network)] = training.networks[network].group;
  }
  require<DataError>(!files.empty(), "{}: nothing was measured yet", training.ledger.string());
  PolicyDataset dataset = read_ledgers(files);
  // Weights that were retrained since have entries under another id; groups may have been renamed.
  for (LedgerNetwork& network : dataset.networks) {
    const auto found = groups.find(network.id);
    network.group = found == groups.end() ? std::string() : found->second;
  }
  PolicyDataset measured = without_group(dataset, {});
  require<DataError>(!measured.networks.empty(), "{}: nothing was measured of these networks on {} images",
                     training.ledger.string(), training.measured_images);
  return measured;
}

TrainedPolicies fit_policies(const PolicyTraining& training,
                             const std::function<void(const std::string&)>& on_step) {
  const PolicyDataset dataset = read_measurements(training);
  const Json made_from = provenance_of(training);
  const auto save = [&](const std::string& name, const std::string& json) {
    Json policy = Json::parse(json);
    policy["provenance"] = made_from;
    write_file_atomically(training.output / (name + ".json"), policy.dump() + "\n");
  };
  std::filesystem::create_directories(training.output);
  TrainedPolicies trained;
  trained.held_out = judge_held_out(dataset, training.learned,
                                    [&](const std::string& group) { on_step("without " + group); });
  for (const HeldOutGroup& group : trained.held_out) {
    save("learned_without_" + group.group, to_json(group.model));
    save("rule_based_without_" + group.group, to_json(group.rule));
  }
  save("learned", to_json(train_damage_model(dataset, training.learned)));
  on_step("on all networks");
  trained.rule = fit_rule_based(measured_networks(dataset), [] {});
  save("rule_based", to_json(trained.rule.rule));
  on_step("the tuned rule");
  return trained;
}

TextTable held_out_table(const std::vector<HeldOutGroup>& groups) {
  static const std::vector<std::string> policies = {"learned",     "rule_based", "lagrangian",
                                                    "single_step", "size_share", "uniform"};
  std::vector<std::string> header = {"network",       "held out with", "samples",          "R2",
                                     "Fisher R2",     "Spearman",      "same granularity", "same scheme",
                                     "same candidate"};
  for (const std::string& policy : policies) header.push_back(policy + " %");
  TextTable table(header);
  for (const HeldOutGroup& group : groups) {
    for (const HeldOutNetwork& network : group.networks) {
      std::vector<std::string> row = {network.id,
                                      network.group,
                                      fmt::format("{}", network.quality.samples),
                                      fmt::format("{:.3f}", network.quality.r2),
                                      fmt::format("{:.3f}", network.quality.fisher_r2),
                                      fmt::format("{:.3f}", network.quality.spearman),
                                      fmt::format("{:.2f}", network.same_granularity),
                                      fmt::format("{:.2f}", network.same_scheme),
                                      fmt::format("{:.2f}", network.same_candidate)};
      for (const std::string& policy : policies) {
        const auto found = network.regret.find(policy);
        row.push_back(found == network.regret.end() ? "-" : fmt::format("{:.1f}", 100 * found->second));
      }
      table.add(row);
    }
  }
  return table;
}

}  // namespace adagrain
