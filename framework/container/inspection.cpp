#include "framework/container/inspection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "framework/compression/chain.h"
#include "framework/compression/payload/payload_view.h"
#include "framework/container/checkpoint_file.h"
#include "framework/core/error.h"
#include "framework/core/parallel.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

const char* encoding_name(TensorEncoding encoding) {
  switch (encoding) {
    case TensorEncoding::layer:
      return "layer";
    case TensorEncoding::float32:
      return "float32";
    case TensorEncoding::float16:
      return "float16";
  }
  throw InternalError("encoding_name: no such encoding");
}

// The chain of the simplest candidate that leaves these traces.
Candidate traced_candidate(const PayloadInfo& info) {
  Candidate traced;
  const auto add = [&](Trace trace) {
    const std::vector<ChainStep> steps = all_transforms();
    const auto found = std::find_if(steps.begin(), steps.end(),
                                    [&](const ChainStep& step) { return step.transform->trace() == trace; });
    if (found != steps.end()) traced.scheme.push_back(found->name);
  };
  if (info.pruned) add(Trace::zeros);
  if (info.quantized) add(Trace::levels);
  if (info.coder != "raw") traced.scheme.push_back(lossless_candidate().scheme.back());
  if (traced.scheme.empty()) traced.scheme.push_back(info.coder);
  return traced;
}

// Of a layer that is sound.
Candidate candidate_of(const TensorInspection& tensor) {
  return tensor.planned ? *tensor.planned : traced_candidate(*tensor.info);
}

// What the tables show under "scheme": the chain of the stored plan's candidate; without a plan the one that
// the payload's traces tell; or how the tensor is stored without a candidate.
std::string scheme_text(const TensorInspection& tensor) {
  if (!tensor.error.empty()) return "DAMAGED";
  if (tensor.entry.shares_payload) return "shared";
  if (tensor.by_type) return "lossless " + tensor.listed.dtype;
  if (!tensor.info) return encoding_name(tensor.entry.encoding);
  return scheme_text(candidate_of(tensor));
}

std::string shape_text(const Shape& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

std::string levels_text(const TensorInspection& tensor) {
  if (!tensor.info || !tensor.info->levels) return "-";
  return fmt::format("{}..{}", tensor.info->levels->lowest, tensor.info->levels->highest);
}

std::string step_text(const TensorInspection& tensor) {
  return tensor.info && tensor.info->levels ? fmt::format("{:.4g}", tensor.info->levels->step) : "-";
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return fmt::format("{:.2f}",
                     whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

// What the decoder is told of a layer.
nlohmann::ordered_json parameters_json(const PayloadInfo& info) {
  nlohmann::ordered_json json = info.granularity_parameters;
  if (!info.levels) return json;
  json["bits"] = info.levels->bits;
  json["lowest_level"] = info.levels->lowest;
  json["highest_level"] = info.levels->highest;
  json[info.levels->one_step ? "step" : "largest_step"] = info.levels->step;
  json["symmetric"] = info.levels->symmetric;
  return json;
}

nlohmann::ordered_json tensor_json(const TensorInspection& tensor) {
  nlohmann::ordered_json json = {
      {"name", tensor.entry.name},
      {"shape", tensor.entry.shape},
      {"dtype", tensor.listed.dtype},
      {"encoding", tensor.by_type ? "typed" : encoding_name(tensor.entry.encoding)},
      {"shares_payload", tensor.entry.shares_payload},
      {"payload_bytes", tensor.payload_bytes()},
      {"directory_bytes", tensor.entry.directory_bytes},
      {"description_bytes", tensor.description_bytes()},
      {"table_bytes", tensor.table_bytes()},
      {"bits_per_weight", tensor.bits_per_weight()},
      {"crc32", fmt::format("{:08x}", tensor.entry.crc)}};
  if (tensor.info) {
    const PayloadInfo& info = *tensor.info;
    json["granularity"] = info.granularity;
    json["scheme"] = candidate_of(tensor).scheme;
    if (tensor.planned) json["candidate"] = to_string(*tensor.planned);
    json["parameters"] = parameters_json(info);
    json["coder"] = info.coder;
    json["units"] = info.units;
    json["dead_units"] = info.dead_units;
    json["coded_symbols"] = info.coded_symbols;
    json["nonzero_weights"] = info.nonzero_weights;
    for (const CoderPrice& each : tensor.prices) {
      nlohmann::ordered_json& price = json["coders"][each.priced.name];
      if (each.priced.bytes) {
        price = {{"bytes", *each.priced.bytes}, {"estimated_bytes", each.estimate}};
      } else {
        price = {{"refusal", each.priced.refusal}};
      }
    }
  }
  if (!tensor.error.empty()) json["error"] = tensor.error;
  return json;
}

// The plan as JSON, or its text where it is none. Text too when it is longer or nested deeper than plans are:
// writing a tree recurses.
nlohmann::ordered_json plan_tree(const std::string& text) {
  constexpr int deepest = 8;
  constexpr std::size_t longest = std::size_t{1} << 18;  // objects are searched key by key
  if (text.size() > longest) return text;
  bool too_deep = false;
  const auto within = [&](int depth, nlohmann::ordered_json::parse_event_t, const nlohmann::ordered_json&) {
    too_deep = too_deep || depth > deepest;
    return !too_deep;
  };
  const auto tree = nlohmann::ordered_json::parse(text, within, false);
  return too_deep || tree.is_discarded() ? nlohmann::ordered_json(text) : tree;
}

// None where there is no plan, or none that this program understands: the file decodes without it.
std::map<std::string, Candidate> planned_layers(const std::optional<std::string>& plan_json) {
  if (!plan_json || !plan_tree(*plan_json).is_object()) return {};
  try {
    return parse_plan(*plan_json, "plan").layers;
  } catch (const ConfigError&) {
    return {};
  }
}

}  // namespace

std::vector<CoderPrice> price_layer(const GrainReader& reader, const GrainEntry& entry) {
  const Bytes payload = reader.layer_payload(entry);
  const PayloadView view(payload, entry.shape);
  if (view.coded().count == 0) return {};
  return price_coders(layer_values(entry.shape, decode_code(view), view.cut(), view.coded()));
}

std::uint64_t TensorInspection::description_bytes() const {
  return entry.directory_bytes + (info && !entry.shares_payload ? info->parts.side_bytes : 0);
}

std::uint64_t TensorInspection::table_bytes() const {
  return info && !entry.shares_payload ? info->parts.table_bytes : 0;
}

double TensorInspection::bits_per_weight() const {
  const auto weights = static_cast<double>(element_count(entry.shape));
  return weights == 0 ? 0.0 : 8.0 * static_cast<double>(file_bytes()) / weights;
}

std::vector<std::string> GrainInspection::damaged() const {
  std::vector<std::string> names;
  for (const TensorInspection& tensor : tensors) {
    if (!tensor.error.empty()) names.push_back(tensor.entry.name);
  }
  return names;
}

GrainInspection inspect_grain(const GrainReader& reader, const std::string& file,
                              const InspectionOptions& options) {
  GrainInspection report;
  report.file = file;
  report.file_bytes = reader.file_bytes();
  report.overhead_bytes = reader.overhead_bytes();
  report.damaged_sections = reader.damaged_sections();
  report.plan_json = reader.plan_json();
  report.provenance = reader.provenance();
  report.tensors.resize(reader.entries().size());
  const auto bytes_of = [](const GrainEntry& entry) {
    return std::tuple(entry.payload_offset, entry.payload_bytes, entry.shape);
  };
  std::map<std::tuple<std::uint64_t, std::uint64_t, Shape>, std::size_t> owners;  // of bytes that are shared
  for (std::size_t i = 0; i < report.tensors.size(); ++i)
    if (!reader.entries()[i].shares_payload) owners.emplace(bytes_of(reader.entries()[i]), i);
  const std::map<std::string, Candidate> planned = planned_layers(report.plan_json);
  parallel_for(report.tensors.size(), options.threads, [&](std::size_t i) {
    TensorInspection& tensor = report.tensors[i];
    tensor.entry = reader.entries()[i];
    if (tensor.entry.shares_payload) return;
    const Shape& shape = tensor.entry.shape;
    tensor.listed = {tensor.entry.name, "F32", shape, 0,
                     4 * static_cast<std::uint64_t>(element_count(shape))};
    try {
      tensor.listed = safetensors_entry(reader, tensor.entry);
      if (reader.typed_head(tensor.entry)) {
        tensor.by_type = true;
        reader.decode_data(tensor.entry, 1, [](std::span<const std::uint8_t>) {});
      } else if (tensor.entry.encoding == TensorEncoding::layer) {
        tensor.info = reader.decode_layer(tensor.entry).info;
        if (const auto found = planned.find(tensor.entry.name); found != planned.end())
          tensor.planned = found->second;
        if (options.price_coders) tensor.prices = price_layer(reader, tensor.entry);
      } else {
        reader.decode(tensor.entry);
      }
    } catch (const DataError& error) {
      tensor.error = error.what();
    }
  });
  // Shared bytes are decoded once: three bytes of a directory repeat any number of them.
  for (TensorInspection& tensor : report.tensors) {
    if (!tensor.entry.shares_payload) continue;
    const GrainEntry entry = tensor.entry;
    tensor = report.tensors[owners.at(bytes_of(entry))];
    tensor.entry = entry;
    tensor.listed.name = entry.name;
  }
  std::vector<SafetensorsEntry> listed;
  for (const TensorInspection& tensor : report.tensors) listed.push_back(tensor.listed);
  report.safetensors_bytes = safetensors_bytes(listed);
  return report;
}

TextTable to_table(const GrainInspection& report) {
  TextTable table({"tensor", "shape", "granularity", "scheme", "coder", "bits/weight", "payload B",
                   "description B", "tables B", "share %", "levels", "largest step"});
  std::uint64_t weights = 0, payload = 0, description = 0, tables = 0;
  // A file that was cut off has fewer bytes than its directory speaks of.
  std::uint64_t whole = report.overhead_bytes;
  for (const TensorInspection& tensor : report.tensors) whole += tensor.payload_bytes();
  whole = std::max(whole, report.file_bytes);
  for (const TensorInspection& tensor : report.tensors) {
    table.add({tensor.entry.name, shape_text(tensor.entry.shape),
               tensor.info ? tensor.info->granularity : "-", scheme_text(tensor),
               tensor.info ? tensor.info->coder : "-", fmt::format("{:.3f}", tensor.bits_per_weight()),
               fmt::to_string(tensor.payload_bytes()), fmt::to_string(tensor.description_bytes()),
               fmt::to_string(tensor.table_bytes()), percent(tensor.file_bytes(), whole), levels_text(tensor),
               step_text(tensor)});
    weights += static_cast<std::uint64_t>(element_count(tensor.entry.shape));
    payload += tensor.payload_bytes();
    description += tensor.description_bytes();
    tables += tensor.table_bytes();
  }
  const double bits =
      weights == 0 ? 0.0 : 8.0 * static_cast<double>(report.file_bytes) / static_cast<double>(weights);
  table.add({"total", fmt::to_string(weights), "",
             report.sound() ? fmt::format("{:.2f}x", report.ratio()) : "DAMAGED", "",
             fmt::format("{:.3f}", bits), fmt::to_string(payload), fmt::to_string(description),
             fmt::to_string(tables), percent(report.file_bytes, whole), "", ""});
  return table;
}

TextTable coder_table(const GrainInspection& report) {
  std::vector<std::string> columns = {"tensor", "scheme", "stored by"};
  const std::vector<std::string> coders = Registry<LayerCoder>::names();
  for (const std::string& coder : coders) columns.push_back(coder + " B");
  TextTable table(columns);
  for (const TensorInspection& tensor : report.tensors) {
    if (tensor.prices.empty() || tensor.entry.shares_payload) continue;
    std::vector<std::string> row = {tensor.entry.name, scheme_text(tensor), tensor.info->coder};
    for (const std::string& coder : coders) {
      const auto price = std::find_if(tensor.prices.begin(), tensor.prices.end(),
                                      [&](const CoderPrice& each) { return each.priced.name == coder; });
      const bool coded = price != tensor.prices.end() && price->priced.bytes;
      row.push_back(coded ? fmt::to_string(*price->priced.bytes) : "-");
    }
    table.add(row);
  }
  return table;
}

std::string to_json(const GrainInspection& report) {
  nlohmann::ordered_json json = {{"file", report.file},
                                 {"file_bytes", report.file_bytes},
                                 {"overhead_bytes", report.overhead_bytes},
                                 {"safetensors_bytes", report.safetensors_bytes},
                                 {"ratio", report.ratio()},
                                 {"damaged_tensors", report.damaged()},
                                 {"damaged_sections", report.damaged_sections}};
  if (report.plan_json) {
    json["plan"] = plan_tree(*report.plan_json);
  }
  if (!report.provenance.empty()) json["provenance"] = report.provenance;
  json["tensors"] = nlohmann::ordered_json::array();
  for (const TensorInspection& tensor : report.tensors) json["tensors"].push_back(tensor_json(tensor));
  // Names come from a file: bytes that are no UTF-8 become U+FFFD instead of an exception.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string describe_damage(const GrainInspection& report) {
  if (report.sound()) return "";
  std::string text;
  for (const std::string& section : report.damaged_sections) {
    text += fmt::format("{}: the section '{}' is damaged\n", report.file, section);
  }
  for (const TensorInspection& tensor : report.tensors) {
    if (!tensor.error.empty()) text += tensor.error + "\n";
  }
  return text + fmt::format("{}: {} of {} tensors can be decoded\n", report.file,
                            report.tensors.size() - report.damaged().size(), report.tensors.size());
}

}  // namespace adagrain
