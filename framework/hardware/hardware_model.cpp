#include "framework/hardware/hardware_model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>

#include "framework/core/error.h"
#include "framework/core/project_root.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

template <typename T>
T sum(const std::vector<LayerCost>& layers, T LayerCost::*part) {
  return std::transform_reduce(layers.begin(), layers.end(), T{}, std::plus<>{}, std::mem_fn(part));
}

std::filesystem::path presets_folder() {
  return project_root() / "framework" / "hardware" / "presets";
}

struct PresetName {
  std::string preset, variant;
};

// What a preset's column holds.
constexpr std::size_t kLongestName = 64;

PresetName split(const std::string& name) {
  require<ConfigError>(name.size() <= kLongestName,
                       "hardware preset '{}' has {} bytes; allowed {}, as it goes into the results", name,
                       name.size(), kLongestName);
  const std::size_t colon = std::min(name.find(':'), name.size());
  return {name.substr(0, colon), name.substr(std::min(colon + 1, name.size()))};
}

std::filesystem::path preset_file(const std::string& preset) {
  if (preset.ends_with(".yaml")) {  // one's own
    const std::filesystem::path file = preset;
    return file.is_relative() ? project_root() / file : file;
  }
  const auto known = hardware_presets();
  require<ConfigError>(std::find(known.begin(), known.end(), preset) != known.end(),
                       "unknown hardware preset '{}'; known: {}, and files named <file>.yaml", preset,
                       fmt::join(known, ", "));
  return presets_folder() / (preset + ".yaml");
}

}  // namespace

std::uint64_t HardwareCost::cycles() const {
  return sum(layers, &LayerCost::cycles);
}

double HardwareCost::energy_pj() const {
  return sum(layers, &LayerCost::energy_pj);
}

std::uint64_t HardwareCost::off_chip_bytes() const {
  return sum(layers, &LayerCost::off_chip_bytes);
}

std::uint64_t HardwareCost::metadata_bytes() const {
  return sum(layers, &LayerCost::metadata_bytes);
}

std::vector<std::string> hardware_presets() {
  std::vector<std::string> names;
  std::error_code missing;  // no folder: no presets, and the caller's error says so
  for (const auto& entry : std::filesystem::directory_iterator(presets_folder(), missing)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string hardware_preset_text(const std::string& name) {
  return Config::load(preset_file(split(name).preset)).text();
}

std::unique_ptr<HardwareModel> load_hardware_preset(const std::string& name) {
  const auto [preset, variant] = split(name);
  const Config config = Config::load(preset_file(preset));
  auto model = Registry<HardwareModel>::create(config.choice("model", Registry<HardwareModel>::names()));
  model->configure(name, variant, config);
  config.finish();
  return model;
}

}  // namespace adagrain
