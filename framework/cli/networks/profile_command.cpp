// adagrain profile: what is measured of each layer of a trained network.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/cli/network_commands.h"
#include "framework/core/files.h"
#include "framework/core/text_table.h"
#include "framework/evaluation/classifier.h"
#include "framework/profiling/features.h"
#include "framework/report/provenance_texts.h"
#include "framework/report/results_file.h"
#include "framework/report/schema.h"
#include "framework/terminal/interrupt_deadline.h"
#include "framework/terminal/terminal.h"

namespace adagrain {
namespace {

TextTable to_table(const ModelProfile& profile) {
  TextTable table({"layer", "operation", "shape", "entropy bits", "sparsity %", "range dB", "fisher",
                   "params %", "MACs %", "kurtosis", "channels oct", "blocks oct", "act. entropy",
                   "act. zero %", "act. range dB", "act. channels oct", "act. blocks oct"});
  for (const LayerProfile& p : profile.layers) {
    const auto share = [](double x) { return fmt::format("{:.1f}", 100 * x); };
    const auto seen = [&](std::string text) { return p.activations.count > 0 ? text : "-"; };
    table.add({p.layer.name, operation_name(p.layer.operation),
               fmt::format("{}", fmt::join(p.layer.weight_shape, "x")),
               fmt::format("{:.2f}", p.weights.entropy_bits), share(p.weights.sparsity),
               fmt::format("{:.1f}", p.weights.dynamic_range_db), seen(fmt::format("{:.2e}", p.fisher_mean)),
               share(p.parameter_share), share(p.mac_share), fmt::format("{:.1f}", p.weights.kurtosis),
               fmt::format("{:.2f}", p.channel_scale_spread), fmt::format("{:.2f}", p.block_scale_spread),
               seen(fmt::format("{:.2f}", p.activations.entropy_bits)),
               seen(share(p.activations.exact_sparsity)),
               seen(fmt::format("{:.1f}", p.activations.dynamic_range_db)),
               seen(fmt::format("{:.2f}", p.activation_channel_scale_spread)),
               seen(fmt::format("{:.2f}", p.activation_block_scale_spread))});
  }
  return table;
}

// Every column of /profile by its name, and the features a learned policy sees.
std::string to_json(const ModelProfile& profile, const std::string& dataset) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const LayerProfile& layer : profile.layers) {
    nlohmann::ordered_json entry;
    ProfileRow row = profile_row(profile.model, dataset, layer);
    for (const Field<ProfileRow>& field : fields<ProfileRow>()) {
      std::visit([&](const auto* value) { entry[field.column.name] = *value; }, field.at(row));
    }
    entry["weight_shape"] = layer.layer.weight_shape;
    const std::vector<double> features = layer_features(layer);
    for (std::size_t i = 0; i < features.size(); ++i)
      entry["features"][layer_feature_names()[i]] = features[i];
    layers.push_back(std::move(entry));
  }
  return layers.dump(2);
}

void write_profile(const std::filesystem::path& path, const ModelProfile& profile,
                   const std::string& dataset) {
  std::vector<ProfileRow> rows;
  for (const LayerProfile& layer : profile.layers) rows.push_back(profile_row(profile.model, dataset, layer));
  Results results = rows_of(rows);
  results.texts = provenance_texts();
  for (const LayerProfile& layer : profile.layers) {
    if (layer.fisher.empty()) continue;
    std::vector<std::uint64_t> shape(layer.layer.weight_shape.begin(), layer.layer.weight_shape.end());
    results.arrays[fmt::format("/fisher/{}/{}", profile.model, layer.layer.name)] = {layer.fisher, shape};
  }
  write_results(path, results);
}

class ProfileCommand : public Command {
 public:
  void declare(CLI::App& app) override {
    app.add_option("--network", options_.network, "network, for example lenet5_caffe")->required();
    app.add_option("--weights", options_.weights,
                   "trained float32 network (.safetensors); default: "
                   "datasets/zoo/<dataset>_<network>.safetensors");
    app.add_option("--dataset", options_.dataset, "whose images it is shown; one's own: idx:<folder>")
        ->capture_default_str();
    app.add_option("--device", options_.device, "auto, cpu or cuda")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
    app.add_option("--images", images_, "training images for activations and sensitivity; 0: weights alone")
        ->check(CLI::Range(0, 1000000))
        ->capture_default_str();
    app.add_option("--seed", seed_, "which training images")->capture_default_str();
    auto* output = app.add_option("--output", output_,
                                  "results file (.h5), with each layer's Fisher diagonal; default: "
                                  "results/<dataset>_<network>_profile.h5, written anew each time");
    app.add_flag("--force", force_, "overwrite the file that --output names")->needs(output);
    app.add_flag("--no-file", no_file_, "print and write nothing")->excludes(output);
    app.add_flag("--json", json_, "everything as JSON");
  }

  void run(const GlobalOptions&) override {
    if (!output_.empty()) refuse_existing(output_, force_);
    if (options_.weights.empty()) options_.weights = options_.zoo_weights();
    if (!output_.empty()) refuse_same_file(options_.weights, output_);
    const ModelProfile profile = measure();
    if (json_) {
      fmt::print("{}\n", to_json(profile, options_.dataset));
    } else {
      print_table(to_table(profile));
    }
    if (no_file_) return;
    const std::filesystem::path path = output_.empty() ? default_output() : output_;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    write_profile(path, profile, options_.dataset);
    fmt::print(stderr, "{}: written\n", path.string());
  }

 private:
  ModelProfile measure() const {
    const InterruptDeadline deadline("nothing was written");
    Classifier classifier(options_);
    return classifier.profile(classifier.checkpoint(), images_, seed_);
  }

  std::filesystem::path default_output() const {
    return std::filesystem::path("results") /
           fmt::format("{}_{}_profile.h5", dataset_file_name(options_.dataset), options_.network);
  }

  ClassifierOptions options_{.network = {}, .weights = {}, .dataset = "fashion_mnist"};
  std::int64_t images_ = 512;
  std::uint64_t seed_ = 1;
  std::filesystem::path output_;
  bool json_ = false, force_ = false, no_file_ = false;
};

const bool registered = add_network_command("profile", [] { return std::make_unique<ProfileCommand>(); });

}  // namespace
}  // namespace adagrain
