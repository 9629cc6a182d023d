#include "framework/hardware/accelerator.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "framework/core/error.h"
#include "framework/core/project_root.h"
#include "framework/hardware/memory/dram.h"
#include "framework/hardware/memory/sram.h"
#include "framework/hardware/yaml_folder.h"

namespace adagrain {

namespace {

// Names are texts in results files.
constexpr std::size_t kLongestName = 64;
constexpr const char* kFolder = "presets";
const std::vector<std::string> kBanks = {"same", "other"};

using Spec = ConstantSpec<Accelerator>;

const std::vector<Spec>& specs() {
  using A = Accelerator;
  constexpr Range units{0, 65536}, some{1, 65536}, bytes{64, 1e12}, bits{8, 65536};
  static const std::vector<Spec> all = {
      {"node", "nm", {1, 1000}, &A::node_nm},
      {"clock", "MHz", {1e-3, 1e6}, &A::clock_mhz},
      {"array.rows", "PEs", {1, 4096}, &A::array_rows},
      {"array.columns", "PEs", {1, 4096}, &A::array_columns},
      {"array.activation_bits", "bits", {8, 16}, &A::activation_bits},
      {"array.partial_sum_bits", "bits", {8, 64}, &A::partial_sum_bits},
      {"decode.static_lanes", "lanes", some, &A::static_lanes},
      {"decode.comparators", "symbols", {0, 64}, &A::comparators},
      {"decode.unpackers", "units", some, &A::unpackers},
      {"decode.rows", "rows", some, &A::rows},
      {"decode.adaptive_units", "units", some, &A::adaptive_units},
      {"decode.decision_cycles", "cycles", some, &A::decision_cycles},
      {"decode.prior_writes", "writes/cycle", some, &A::prior_writes},
      {"decode.table_memory", "B", bytes, &A::table_memory_bytes},
      {"decode.table_banks", "banks", {1, 2}, &A::table_banks},
      {"decode.table_writes", "entries/cycle", some, &A::table_writes},
      {"decode.division_cycles", "cycles", units, &A::division_cycles},
      {"decode.dequantised", "weights/cycle", some, &A::dequantised},
      {"decode.stream_buffer", "B", bytes, &A::stream_buffer_bytes},
      {"decode.stream_port", "bits/cycle", bits, &A::stream_port_bits},
      {"metadata.memory", "B", bytes, &A::metadata_bytes},
      {"metadata.port", "bits/cycle", bits, &A::metadata_port_bits},
      {"metadata.issue", "words/cycle", some, &A::issue_words},
      {"buffers.weights", "B", bytes, &A::weight_buffer_bytes},
      {"buffers.activations", "B", bytes, &A::activation_buffer_bytes},
      {"buffers.port", "bits/cycle", bits, &A::buffer_port_bits},
      {"dram.energy", "pJ/bit", {0, 1e6}, &A::dram_pj_per_bit},
  };
  return all;
}

// Settings that are words.
struct Words {
  std::string energy, dataflow, memory, banks;

  void read(ConstantFile& file, bool complete) {
    const auto take = [&](const std::string& key, const std::vector<std::string>& allowed,
                          std::string& word) {
      if (complete || file.has(key)) word = file.word(key, allowed);
    };
    take("energy", energy_tables(), energy);
    take("dataflow", {"os", "ws", "is"}, dataflow);
    take("dram.memory", Dram::names(), memory);
    take("dram.banks", kBanks, banks);
  }
};

// Of a preset's name.
struct Request {
  std::string base;
  std::vector<std::string> overrides;
};

Request split(const std::string& name) {
  const std::size_t colon = std::min(name.find(':'), name.size());
  Request request{name.substr(0, colon), {}};
  for (std::size_t begin = colon + 1; begin <= name.size();) {
    const std::size_t end = std::min(name.find(',', begin), name.size());
    request.overrides.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return request;
}

// A file's own name stands for its path.
std::string short_name(const std::string& name) {
  const std::size_t colon = std::min(name.find(':'), name.size());
  const std::string base = name.substr(0, colon);
  const std::string text =
      (base.ends_with(".yaml") ? std::filesystem::path(base).stem().string() : base) + name.substr(colon);
  require<ConfigError>(
      text.size() <= kLongestName,
      "hardware '{}': {} characters; at most {} are kept in results: put what differs into a "
      "file with `base`",
      name, text.size(), kLongestName);
  return text;
}

std::filesystem::path file_of(const std::string& base) {
  if (base.ends_with(".yaml")) {  // one's own
    const std::filesystem::path file = base;
    return file.is_relative() ? project_root() / file : file;
  }
  return yaml_file(kFolder, "hardware preset", base);
}

void replace(std::vector<Constant>& constants, const Constant& with) {
  const auto same = [&](const Constant& constant) { return constant.key == with.key; };
  const auto found = std::find_if(constants.begin(), constants.end(), same);
  if (found == constants.end()) {
    constants.push_back(with);
  } else {
    *found = with;
  }
}

void read_file_into(const std::filesystem::path& path, Accelerator& accelerator, Words& words) {
  ConstantFile file(Config::load(path));
  const bool partial = file.root().has("base");
  if (partial)
    read_file_into(yaml_file(kFolder, "hardware preset", file.root().get<std::string>("base")), accelerator,
                   words);
  for (const Constant& constant : file.read_all(specs(), !partial, accelerator))
    replace(accelerator.constants, constant);
  words.read(file, !partial);
  file.finish();
}

void override_constant(const std::string& name, const std::string& key, const std::string& text,
                       Accelerator& accelerator) {
  const auto spec = std::find_if(specs().begin(), specs().end(), [&](const Spec& s) { return s.key == key; });
  if (spec == specs().end()) {
    std::vector<std::string> known = {"energy", "dram.memory", "dram.banks"};
    for (const Spec& each : specs()) known.push_back(each.key);
    throw ConfigError(
        fmt::format("hardware '{}': unknown key '{}'; known: {}", name, key, fmt::join(known, ", ")));
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc() && end == text.data() + text.size();
  require<ConfigError>(number && value >= spec->range.minimum && value <= spec->range.maximum &&
                           (!spec->whole() || value == std::floor(value)),
                       "hardware '{}': {} is '{}'; {} from {} to {} is expected, in {}", name, key, text,
                       spec->whole() ? "an integer" : "a number", spec->range.minimum, spec->range.maximum,
                       spec->unit);
  spec->set(accelerator, value);
  replace(accelerator.constants, {key, value, spec->unit, "override in the hardware's name"});
}

void apply_override(const std::string& name, const std::string& text, Accelerator& accelerator,
                    Words& words) {
  const std::size_t equals = text.find('=');
  const auto word = [&](std::string& target, const std::string& what, const std::string& given,
                        const std::vector<std::string>& allowed) {
    require<ConfigError>(std::find(allowed.begin(), allowed.end(), given) != allowed.end(),
                         "hardware '{}': {} is '{}'; allowed: {}", name, what, given,
                         fmt::join(allowed, ", "));
    target = given;
  };
  if (equals == std::string::npos) return word(words.dataflow, "dataflow", text, {"os", "ws", "is"});
  const std::string key = text.substr(0, equals), value = text.substr(equals + 1);
  if (key == "energy") return word(words.energy, key, value, energy_tables());
  if (key == "dram.memory") return word(words.memory, key, value, Dram::names());
  if (key == "dram.banks") return word(words.banks, key, value, kBanks);
  override_constant(name, key, value, accelerator);
}

}  // namespace

Accelerator load_accelerator(const std::string& name) {
  const Request request = split(name);
  Accelerator accelerator;
  accelerator.name = short_name(name);
  Words words;
  read_file_into(file_of(request.base), accelerator, words);
  for (const std::string& each : request.overrides) apply_override(name, each, accelerator, words);
  accelerator.dataflow = parse_dataflow(words.dataflow);
  accelerator.dram = words.memory;
  accelerator.streams_share_bank = words.banks == "same";
  accelerator.energy = load_energy_table(words.energy);
  require<ConfigError>(
      accelerator.node_nm == accelerator.energy.node_nm,
      "hardware '{}': node is {} nm and energy table {} is of {} nm; nodes do not mix: set both", name,
      accelerator.node_nm, accelerator.energy.name, accelerator.energy.node_nm);
  accelerator.energy.mac_pj(accelerator.activation_bits);
  sram(accelerator.energy.sram_node_nm, accelerator.weight_buffer_bytes);
  return accelerator;
}

std::vector<std::string> accelerator_presets() {
  return yaml_names(kFolder);
}

std::string accelerator_text(const std::string& name) {
  return Config::load(file_of(split(name).base)).text();
}

}  // namespace adagrain
