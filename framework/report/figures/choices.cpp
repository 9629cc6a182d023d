// What each policy chose for each layer, as a map: policies down, layers across. Colour is the granularity,
// letters are the scheme (P prune, Q quantise, C compensate, A entropy coder), the number is bits per weight.
// One drawing per network, of the first seed at the budget nearest 0.5 points.
#include <algorithm>
#include <map>
#include <set>

#include "framework/report/figure.h"
#include "framework/report/run_summary.h"

namespace adagrain {

namespace {

// Pale enough for black text.
const std::vector<std::pair<std::string, std::string>> granularity_shades = {
    {"layer", "#DDDDDD"}, {"element", "#8EC9EE"}, {"block", "#F5CC7A"}, {"feature_map", "#8FD3BC"}};

std::string shade_of(const std::string& granularity) {
  for (const auto& [name, shade] : granularity_shades)
    if (name == granularity) return shade;
  return "#E3B5CF";  // of extensions
}

std::string scheme_letters(const std::string& scheme) {
  std::string letters;
  if (scheme.find("prune") != std::string::npos) letters += 'P';
  if (scheme.find("quantize") != std::string::npos) letters += 'Q';
  if (scheme.find("compensate") != std::string::npos) letters += 'C';
  if (scheme.find("ans") != std::string::npos) letters += 'A';
  return letters.empty() ? scheme : letters;
}

struct ChoiceMap {
  std::string network;
  double budget = 0;
  std::int64_t seed = 0;
  std::vector<std::string> layers, policies;               // in order of execution; first policy on top
  std::map<std::string, std::vector<LayerRow>> of_policy;  // one row per layer
};

ChoiceMap map_of(const RunSummary& summary, const std::string& network, const std::vector<LayerRow>& layers) {
  ChoiceMap map{network, summary.middle_budget(), 0, {}, {}, {}};
  std::map<std::int64_t, std::set<std::string>> by_depth;
  for (const std::string& policy : summary.policies) {
    const TrialGroup* group = summary.find(network, policy, map.budget);
    if (group == nullptr) continue;
    const RunRow& run = group->seeds.front();
    std::set<std::string> seen;
    for (const LayerRow& layer : layers) {
      if (layer.run != run.run || !seen.insert(layer.layer).second) continue;
      map.of_policy[policy].push_back(layer);
      by_depth[layer.depth].insert(layer.layer);
    }
    if (seen.empty()) continue;
    if (map.policies.empty()) map.seed = run.seed;
    map.policies.push_back(policy);
  }
  for (const auto& [depth, names] : by_depth)
    for (const std::string& name : names)
      if (std::find(map.layers.begin(), map.layers.end(), name) == map.layers.end())
        map.layers.push_back(name);
  return map;
}

class Choices : public Figure {
 public:
  std::string table() const override { return LayerRow::path; }

  std::vector<Drawing> draw(const Results& results) const override {
    const std::vector<RunRow> rows = read_rows<RunRow>(results);
    const std::vector<LayerRow> layers = read_rows<LayerRow>(results);
    if (rows.empty() || layers.empty()) return {};
    const RunSummary summary = summarise(rows);
    std::vector<Drawing> drawings;
    for (const std::string& network : summary.networks) {
      const ChoiceMap map = map_of(summary, network, layers);
      if (!map.policies.empty()) drawings.push_back(drawing_of(map));
    }
    return drawings;
  }

 private:
  static Drawing drawing_of(const ChoiceMap& map) {
    Drawing drawing{"choices_" + file_name_of(map.network),
                    fmt::format("What each policy chose for each layer of {}", map.network),
                    data_of(map),
                    {},
                    ""};
    std::size_t longest_policy = 0, longest_layer = 0;
    for (const std::string& policy : map.policies) longest_policy = std::max(longest_policy, policy.size());
    for (const std::string& layer : map.layers) longest_layer = std::max(longest_layer, layer.size());
    Canvas& canvas = drawing.canvas;
    const double columns = static_cast<double>(map.layers.size());
    canvas.left = 0.3 + 0.062 * static_cast<double>(longest_policy);
    const double cell = std::clamp((7.0 - canvas.left - canvas.right) / columns, 0.24, 0.62);
    canvas.width = std::max(canvas.left + cell * columns + canvas.right, 4.6);
    canvas.panel_height = 0.32 * static_cast<double>(map.policies.size());
    const bool upright = 0.06 * static_cast<double>(longest_layer) > cell;
    canvas.bottom = upright ? 0.22 + 0.057 * static_cast<double>(longest_layer) : 0.3;
    const auto legend = legend_of(map);
    canvas.legend = legend_height(canvas, legend);

    const double font = cell < 0.34 ? 5 : 6;
    drawing.commands =
        "bits(b) = sprintf(b < 1 ? '%.2f' : b < 10 ? '%.1f' : '%.0f', b)\nset multiplot\nunset grid; set "
        "border 0; set tics scale 0\n" +
        canvas.place(0);
    drawing.commands += fmt::format("set title {}\n", quote(fmt::format("{}, budget {}, seed {}", map.network,
                                                                        points_text(map.budget), map.seed)));
    drawing.commands += fmt::format("set xrange [-0.5:{0:.1f}]; set yrange [{1:.1f}:-0.5]\n", columns - 0.5,
                                    static_cast<double>(map.policies.size()) - 0.5);
    drawing.commands += fmt::format("set ytics ({})\nset xtics {} ({})\n", ticks(map.policies),
                                    upright ? "rotate by 90 right font ',6'" : "", ticks(map.layers));
    drawing.commands += fmt::format(
        "plot csv using (column('x')):(column('y')):(0.48):(0.46):(int(column('rgb'))) with boxxyerror "
        "fs solid noborder lc rgb variable, "
        "csv using (column('x')):(column('y') - 0.18):(strcol('scheme_letters')) with labels font ',{0}', "
        "csv using (column('x')):(column('y') + 0.2):(bits(column('bits_per_weight'))) with "
        "labels "
        "font ',{0}'\n",
        font);
    drawing.commands += legend_plot(canvas, legend) + "unset multiplot\n";
    return drawing;
  }

  static Legend legend_of(const ChoiceMap& map) {
    std::set<std::string> used;
    for (const auto& [policy, layers] : map.of_policy)
      for (const LayerRow& layer : layers) used.insert(layer.granularity);
    Legend legend;
    for (const std::string& name : used)
      legend.entries.emplace_back(fmt::format("with boxes lc rgb '{}'", shade_of(name)), name);
    legend.note = "P prune, Q quantise, C compensate, A entropy coder; numbers are bits per weight";
    return legend;
  }

  static std::string ticks(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t index = 0; index < names.size(); ++index)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", quote(names[index]), index);
    return text;
  }

  static CsvTable data_of(const ChoiceMap& map) {
    CsvTable data({"policy", "layer", "x", "y", "granularity", "scheme", "parameters", "scheme_letters",
                   "bits_per_weight", "sparsity", "rgb"});
    for (std::size_t y = 0; y < map.policies.size(); ++y)
      for (const LayerRow& layer : map.of_policy.at(map.policies[y])) {
        const auto x = std::find(map.layers.begin(), map.layers.end(), layer.layer) - map.layers.begin();
        data.add({map.policies[y], layer.layer, static_cast<std::int64_t>(x), static_cast<std::int64_t>(y),
                  layer.granularity, layer.scheme, layer.parameters, scheme_letters(layer.scheme),
                  layer.bits_per_weight, layer.sparsity,
                  static_cast<std::int64_t>(std::stol(shade_of(layer.granularity).substr(1), nullptr, 16))});
      }
    return data;
  }
};

const bool registered =
    Registry<Figure>::add("choices", "granularity, scheme and bits of every layer, per network",
                          [] { return std::make_unique<Choices>(); });

}  // namespace

}  // namespace adagrain
