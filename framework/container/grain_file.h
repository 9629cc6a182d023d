// The `.grain` container: every tensor's payload beside the metadata that decodes it. FORMAT.md has the
// bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/compression/payload/layer_decoder.h"
#include "framework/compression/plan.h"
#include "framework/compression/transforms/transform.h"
#include "framework/container/typed_tensor.h"
#include "framework/core/byte_source.h"
#include "framework/core/tensor.h"

namespace adagrain {

// How one tensor is stored.
enum class TensorEncoding : std::uint8_t { layer = 0, float32 = 1, float16 = 2 };

// One row of the directory.
struct GrainEntry {
  std::string name;
  Shape shape;
  TensorEncoding encoding = TensorEncoding::layer;
  std::uint64_t payload_offset = 0;  // from the start of the file
  std::uint64_t payload_bytes = 0;
  std::uint32_t crc = 0;              // CRC-32 of the payload
  std::uint64_t directory_bytes = 0;  // what this row itself costs
  bool shares_payload = false;        // an earlier tensor is stored in the same bytes
};

struct GrainOptions {
  bool store_plan = false;
  std::string provenance;     // free text; empty stores none
  bool keep_metadata = true;  // of the safetensors file that is compressed, beside the provenance
};

// Deterministic: the same tensors, plan, evidence and options give the same bytes on every machine.
// `evidence` maps a weight's name to what its transforms may know; absent means none.
// Throws ConfigError when the plan names a tensor that is not there, DataError as transform_layer.
std::vector<std::uint8_t> encode_grain(const Checkpoint& checkpoint, const Plan& plan,
                                       const std::map<std::string, LayerEvidence>& evidence = {},
                                       const GrainOptions& options = {}, int threads = 1);

class GrainReader {
 public:
  // Parses header and directory, checking every bound before any allocation. Throws DataError. Missing bytes
  // at the end or damage after the directory throw only when the tensor they belong to is decoded. Payloads
  // are read when they are asked for: the file may be larger than memory.
  static GrainReader open(const std::filesystem::path& file);
  static GrainReader parse(std::vector<std::uint8_t> bytes, std::string name);

  const std::vector<GrainEntry>& entries() const { return entries_; }
  std::uint64_t file_bytes() const { return source_.size(); }
  std::uint64_t overhead_bytes() const;  // everything that is not payload
  std::optional<std::string> plan_json() const { return plan_json_; }
  const std::string& provenance() const { return provenance_; }
  // "plan", "provenance": present, but not as it was written.
  const std::vector<std::string>& damaged_sections() const { return damaged_sections_; }

  // Unchecked but for its bounds.
  std::vector<std::uint8_t> payload(const GrainEntry& entry) const;
  // As float32. Checks the CRC first; throws DataError that names the tensor, also for a type that has no
  // float32, or when the tensor claims more weights than the format lets few bytes have in memory. One
  // corrupt tensor does not take others with it. Here and below `threads` work on the one tensor, where it
  // has chunks enough.
  Tensor decode(const GrainEntry& entry, int threads = 1) const;
  // For TensorEncoding::layer, but not of a tensor stored by its type: the bytes that PayloadView parses.
  // Checks the CRC; throws DataError as `decode` does.
  std::vector<std::uint8_t> layer_payload(const GrainEntry& entry) const;
  // For TensorEncoding::layer: weights and what the payload says of itself.
  DecodedLayer decode_layer(const GrainEntry& entry, int threads = 1) const;
  // Of a tensor that is stored by its type; all others are float32. Throws DataError.
  std::optional<TypedHead> typed_head(const GrainEntry& entry) const;
  // Hands the tensor's little-endian data out in order, in pieces of bounded size. One that is stored by its
  // type need not fit in memory: `threads` chunks are decoded at a time. Checks the CRC first.
  void decode_data(const GrainEntry& entry, int threads,
                   const std::function<void(std::span<const std::uint8_t>)>& out) const;
  // Fills `data` with the bytes from `begin` on of a tensor that is stored by its type. Decodes those chunks
  // (kTypedChunkBytes) alone that hold them, `threads` at a time, and reads of those before no more than
  // their lengths. The CRC is that of the whole payload and is not checked: damage shows where it breaks the
  // code. Throws DataError, also where the tensor is not stored by its type or has no such bytes.
  void decode_range(const GrainEntry& entry, std::uint64_t begin, std::span<std::uint8_t> data,
                    int threads = 1) const;
  // All tensors in file order, `threads` at a time.
  Checkpoint decode_all(int threads = 1) const;

 private:
  explicit GrainReader(ByteSource source);
  std::string where(const GrainEntry& entry) const;  // for messages
  void check_bounds(const GrainEntry& entry) const;
  void check_crc(const GrainEntry& entry) const;
  // Hands out chunks first .. last - 1, in order. Returns the place behind the last one.
  std::uint64_t decode_chunks(const GrainEntry& entry, const TypedHead& head, std::uint64_t first,
                              std::uint64_t last, int threads,
                              const std::function<void(std::span<const std::uint8_t>)>& out) const;
  std::vector<std::uint8_t> checked_payload(const GrainEntry& entry) const;

  ByteSource source_;
  std::vector<GrainEntry> entries_;
  std::optional<std::string> plan_json_;
  std::string provenance_;
  std::vector<std::string> damaged_sections_;
  std::uint64_t payload_begin_ = 0;  // may lie beyond the end of a truncated file
};

}  // namespace adagrain
