// Encodes every tensor, then writes frame, directory and payloads.

#include <map>
#include <set>
#include <tuple>

#include "framework/container/directory.h"
#include "framework/container/grain_file.h"
#include "framework/container/grain_layout.h"
#include "framework/container/small_tensors.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

void check_names(const Checkpoint& checkpoint, const Plan& plan) {
  std::set<std::string_view> names;
  for (const Tensor& tensor : checkpoint) {
    check_tensor_name(tensor.name, "grain");
    require<DataError>(names.insert(tensor.name).second, "grain: two tensors are called '{}'", tensor.name);
    ensure(element_count(tensor.shape) == static_cast<std::int64_t>(tensor.values.size()),
           "grain: '{}' has {} values for {} elements", tensor.name, tensor.values.size(),
           element_count(tensor.shape));
  }
  for (const auto& [name, candidate] : plan.layers) {
    require<ConfigError>(names.contains(name), "plan: no tensor is called '{}'; the network has {} tensors",
                         name, names.size());
  }
}

StoredTensor store(const Tensor& tensor, const Plan& plan,
                   const std::map<std::string, LayerEvidence>& evidence) {
  const auto candidate = plan.layers.find(tensor.name);
  if (candidate == plan.layers.end()) return store_small_tensor(tensor, plan.small_tensors);
  const auto known = evidence.find(tensor.name);
  try {
    EncodedLayer coded = encode_layer(tensor.values, tensor.shape, candidate->second,
                                      known == evidence.end() ? LayerEvidence{} : known->second);
    return {TensorEncoding::layer, std::move(coded.payload)};
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("'{}': {}", tensor.name, error.what()));
  } catch (const DataError& error) {
    throw DataError(fmt::format("'{}': {}", tensor.name, error.what()));
  }
}

// One row per tensor; a tensor that is stored exactly like an earlier one refers to it.
std::vector<DirectoryRow> make_rows(const Checkpoint& checkpoint, const std::vector<StoredTensor>& stored) {
  std::map<std::tuple<TensorEncoding, Shape, Bytes>, std::size_t> first;
  std::vector<DirectoryRow> rows;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    DirectoryRow row;
    row.entry.name = checkpoint[i].name;
    row.entry.shape = checkpoint[i].shape;
    row.entry.encoding = stored[i].encoding;
    row.entry.payload_bytes = stored[i].payload.size();
    row.entry.crc = crc32(stored[i].payload);
    if (row.entry.encoding == TensorEncoding::layer) check_tensor_density(row.entry, "grain");
    const auto [same, fresh] =
        first.try_emplace({stored[i].encoding, checkpoint[i].shape, stored[i].payload}, i);
    if (!fresh) row.rows_back = i - same->second;
    rows.push_back(std::move(row));
  }
  return rows;
}

void append_section(Bytes& out, const std::string& text) {
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  append_little_endian(out, crc32(bytes));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

std::vector<std::uint8_t> encode_grain(const Checkpoint& checkpoint, const Plan& plan,
                                       const std::map<std::string, LayerEvidence>& evidence,
                                       const GrainOptions& options, int threads) {
  check_names(checkpoint, plan);
  std::vector<StoredTensor> stored(checkpoint.size());
  parallel_for(checkpoint.size(), threads,
               [&](std::size_t i) { stored[i] = store(checkpoint[i], plan, evidence); });
  const std::vector<DirectoryRow> rows = make_rows(checkpoint, stored);
  const Bytes directory = encode_directory(rows);
  const std::string plan_text = options.store_plan ? to_json(plan) : "";
  const bool with_provenance = !options.provenance.empty();
  require<ConfigError>(options.provenance.size() <= maximum_section_bytes,
                       "grain: provenance of {} bytes; allowed {}", options.provenance.size(),
                       maximum_section_bytes);

  Bytes out(grain_magic.begin(), grain_magic.end());
  out.push_back(static_cast<std::uint8_t>((options.store_plan ? has_plan : 0) |
                                          (with_provenance ? has_provenance : 0)));
  append_varint(out, rows.size());
  append_varint(out, directory.size());
  if (options.store_plan) append_varint(out, plan_text.size());
  if (with_provenance) append_varint(out, options.provenance.size());
  out.insert(out.end(), directory.begin(), directory.end());
  append_little_endian(out, crc32(out));
  if (options.store_plan) append_section(out, plan_text);
  if (with_provenance) append_section(out, options.provenance);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].rows_back == 0) out.insert(out.end(), stored[i].payload.begin(), stored[i].payload.end());
  }
  return out;
}

}  // namespace adagrain
