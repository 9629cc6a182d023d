#include "framework/container/grain_writer.h"

#include <algorithm>

#include "framework/compression/payload/layer_encoder.h"
#include "framework/container/grain_layout.h"
#include "framework/container/small_tensors.h"
#include "framework/container/typed_tensor.h"
#include "framework/core/checksum.h"
#include "framework/core/error.h"
#include "framework/core/files.h"
#include "framework/core/parallel.h"

namespace adagrain {
namespace {

constexpr std::uint64_t kPiece = std::uint64_t{1} << 22;

class MemoryStore : public PayloadStore {
 public:
  std::uint64_t size() const override { return bytes_.size(); }
  void append(std::span<const std::uint8_t> bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  Bytes read(std::uint64_t offset, std::uint64_t count) const override {
    const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
    return {from, from + static_cast<std::ptrdiff_t>(count)};
  }
  void truncate(std::uint64_t size) override { bytes_.resize(size); }

 private:
  Bytes bytes_;
};

class FileStore : public PayloadStore {
 public:
  explicit FileStore(const std::filesystem::path& output) : file_(output) {}
  std::uint64_t size() const override { return file_.size(); }
  void append(std::span<const std::uint8_t> bytes) override { file_.append(bytes); }
  Bytes read(std::uint64_t offset, std::uint64_t count) const override {
    return file_.read_back(offset, count);
  }
  void truncate(std::uint64_t size) override { file_.truncate(size); }

 private:
  AtomicFile file_;  // never committed, so deleted at the end
};

void append_section(Bytes& out, const std::string& text) {
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  append_little_endian(out, crc32(bytes));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

std::unique_ptr<PayloadStore> payloads_in_memory() {
  return std::make_unique<MemoryStore>();
}

std::unique_ptr<PayloadStore> payloads_beside(const std::filesystem::path& output) {
  return std::make_unique<FileStore>(output);
}

GrainWriter::GrainWriter(std::unique_ptr<PayloadStore> payloads) : payloads_(std::move(payloads)) {}

void GrainWriter::begin(const std::string& name, const Shape& shape, TensorEncoding encoding) {
  check_tensor_name(name, "grain");
  require<DataError>(names_.insert(name).second, "grain: two tensors are called '{}'", name);
  DirectoryRow row;
  row.entry.name = name;
  row.entry.shape = shape;
  row.entry.encoding = encoding;
  row.entry.payload_offset = payloads_->size();
  row.entry.crc = crc32({});
  rows_.push_back(std::move(row));
}

void GrainWriter::append(std::span<const std::uint8_t> payload) {
  GrainEntry& entry = rows_.back().entry;
  entry.crc = crc32(payload, entry.crc);
  payloads_->append(payload);
}

void GrainWriter::end() {
  DirectoryRow& row = rows_.back();
  GrainEntry& entry = row.entry;
  entry.payload_bytes = payloads_->size() - entry.payload_offset;
  const bool coded = entry.encoding == TensorEncoding::layer && entry.payload_bytes > 0;
  if (coded && payloads_->read(entry.payload_offset, 1)[0] != kTypedPayload)
    check_tensor_density(entry.shape, entry.payload_bytes, fmt::format("'{}'", entry.name));
  std::vector<std::size_t>& alike = rows_of_[{entry.encoding, entry.shape, entry.payload_bytes, entry.crc}];
  const auto same = std::find_if(alike.begin(), alike.end(),
                                 [&](std::size_t other) { return same_payload(rows_[other].entry, entry); });
  if (same != alike.end()) {
    row.rows_back = rows_.size() - 1 - *same;
    payloads_->truncate(entry.payload_offset);
  } else {
    alike.push_back(rows_.size() - 1);
  }
}

bool GrainWriter::same_payload(const GrainEntry& left, const GrainEntry& right) const {
  for (std::uint64_t at = 0; at < left.payload_bytes; at += kPiece) {
    const std::uint64_t count = std::min(kPiece, left.payload_bytes - at);
    if (payloads_->read(left.payload_offset + at, count) != payloads_->read(right.payload_offset + at, count))
      return false;
  }
  return true;
}

Bytes GrainWriter::head(const std::string& plan_json, const GrainOptions& options) const {
  const Bytes directory = encode_directory(rows_);
  const bool with_provenance = !options.provenance.empty();
  for (const auto& [section, bytes] : {std::pair("provenance", options.provenance.size()),
                                       std::pair("plan", options.store_plan ? plan_json.size() : 0)})
    require<ConfigError>(bytes <= kMaximumSectionBytes, "grain: {} of {} bytes; allowed {}", section, bytes,
                         kMaximumSectionBytes);
  require<DataError>(directory.size() <= kMaximumDirectoryBytes && rows_.size() <= kMaximumTensors,
                     "grain: {} tensors with a directory of {} bytes; allowed {} and {}", rows_.size(),
                     directory.size(), kMaximumTensors, kMaximumDirectoryBytes);
  Bytes out(kGrainMagic.begin(), kGrainMagic.end());
  out.push_back(static_cast<std::uint8_t>((options.store_plan ? kHasPlan : 0) |
                                          (with_provenance ? kHasProvenance : 0)));
  append_varint(out, rows_.size());
  append_varint(out, directory.size());
  if (options.store_plan) append_varint(out, plan_json.size());
  if (with_provenance) append_varint(out, options.provenance.size());
  out.insert(out.end(), directory.begin(), directory.end());
  append_little_endian(out, crc32(out));
  if (options.store_plan) append_section(out, plan_json);
  if (with_provenance) append_section(out, options.provenance);
  return out;
}

void GrainWriter::write(const std::function<void(std::span<const std::uint8_t>)>& out,
                        const std::string& plan_json, const GrainOptions& options) const {
  out(head(plan_json, options));
  for (std::uint64_t at = 0; at < payloads_->size(); at += kPiece) {
    out(payloads_->read(at, std::min(kPiece, payloads_->size() - at)));
  }
}

StoredTensor store_tensor(const Tensor& tensor, const Plan& plan,
                          const std::map<std::string, LayerEvidence>& evidence, int threads) {
  ensure(element_count(tensor.shape) == static_cast<std::int64_t>(tensor.values.size()),
         "grain: '{}' has {} values for {} elements", tensor.name, tensor.values.size(),
         element_count(tensor.shape));
  const auto candidate = plan.layers.find(tensor.name);
  if (candidate == plan.layers.end()) return store_small_tensor(tensor, plan.small_tensors);
  const auto known = evidence.find(tensor.name);
  try {
    EncodedLayer coded = encode_layer(tensor.values, tensor.shape, candidate->second,
                                      known == evidence.end() ? LayerEvidence{} : known->second, threads);
    return {TensorEncoding::layer, std::move(coded.payload)};
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("'{}': {}", tensor.name, error.what()));
  } catch (const DataError& error) {
    throw DataError(fmt::format("'{}': {}", tensor.name, error.what()));
  }
}

std::vector<StoredTensor> store_tensors(const Checkpoint& checkpoint, const Plan& plan,
                                        const std::map<std::string, LayerEvidence>& evidence, int threads) {
  std::set<std::string_view> names;
  for (const Tensor& tensor : checkpoint) names.insert(tensor.name);
  for (const auto& [name, candidate] : plan.layers) {
    require<ConfigError>(names.contains(name), "plan: no tensor is called '{}'; the network has {} tensors",
                         name, checkpoint.size());
  }
  std::vector<StoredTensor> stored(checkpoint.size());
  parallel_for(checkpoint.size(), threads,
               [&](std::size_t i) { stored[i] = store_tensor(checkpoint[i], plan, evidence); });
  return stored;
}

Bytes pack_grain(const Checkpoint& checkpoint, const std::vector<StoredTensor>& stored, const Plan& plan,
                 const GrainOptions& options) {
  ensure(stored.size() == checkpoint.size(), "grain: {} payloads for {} tensors", stored.size(),
         checkpoint.size());
  GrainWriter writer(payloads_in_memory());
  std::uint64_t weights = 0;
  for (std::size_t i = 0; i < checkpoint.size(); ++i) {
    weights += checkpoint[i].values.size();
    writer.begin(checkpoint[i].name, checkpoint[i].shape, stored[i].encoding);
    writer.append(stored[i].payload);
    writer.end();
  }
  Bytes file;
  writer.write(
      [&](std::span<const std::uint8_t> piece) { file.insert(file.end(), piece.begin(), piece.end()); },
      options.store_plan ? to_json(plan) : "", options);
  check_file_density(weights, file.size(), "grain");
  return file;
}

std::vector<std::uint8_t> encode_grain(const Checkpoint& checkpoint, const Plan& plan,
                                       const std::map<std::string, LayerEvidence>& evidence,
                                       const GrainOptions& options, int threads) {
  return pack_grain(checkpoint, store_tensors(checkpoint, plan, evidence, threads), plan, options);
}

}  // namespace adagrain
