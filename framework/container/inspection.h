// What a `.grain` file holds, tensor by tensor: `inspect` prints it, `verify` judges by it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/compression/payload/coder_choice.h"
#include "framework/compression/payload/layer_decoder.h"
#include "framework/container/grain_file.h"
#include "framework/container/safetensors.h"
#include "framework/core/text_table.h"

namespace adagrain {

struct TensorInspection {
  GrainEntry entry;
  SafetensorsEntry listed;  // as decompression writes it; float32 where that cannot be told
  bool by_type = false;     // stored bit for bit by its own type
  // Of a tensor stored by a candidate and sound; absent otherwise.
  std::optional<PayloadInfo> info;
  std::optional<Candidate> planned;  // what the stored plan says of it
  // What each coder would take of the layer, where that was asked for.
  std::vector<CoderPrice> prices;
  std::string error;  // why it cannot be decoded; empty when it can

  std::uint64_t payload_bytes() const { return entry.shares_payload ? 0 : entry.payload_bytes; }
  // Directory row and the payload's side information: all that is neither tables nor coded data.
  std::uint64_t description_bytes() const;
  std::uint64_t table_bytes() const;
  // Directory row and payload.
  std::uint64_t file_bytes() const { return entry.directory_bytes + payload_bytes(); }
  // 8 * file_bytes / weights; 0 for an empty tensor.
  double bits_per_weight() const;
};

struct GrainInspection {
  std::string file;
  std::vector<TensorInspection> tensors;  // in file order
  std::uint64_t file_bytes = 0;
  std::uint64_t overhead_bytes = 0;           // header, directory, sections
  std::uint64_t safetensors_bytes = 0;        // the file that decompression writes, without metadata
  std::vector<std::string> damaged_sections;  // "plan", "provenance"
  std::optional<std::string> plan_json;
  std::string provenance;

  double ratio() const { return static_cast<double>(safetensors_bytes) / static_cast<double>(file_bytes); }
  // Names of the tensors that cannot be decoded.
  std::vector<std::string> damaged() const;
  bool sound() const { return damaged().empty() && damaged_sections.empty(); }
};

struct InspectionOptions {
  int threads = 1;
  bool price_coders = false;  // codes each layer by every coder, which takes as long as it sounds
};

// Checks every CRC and decodes every tensor; damage is reported, never thrown.
GrainInspection inspect_grain(const GrainReader& reader, const std::string& file,
                              const InspectionOptions& options = {});

// What each coder would take of the layer in a payload: by encoding it. Empty where no weight is coded.
// Throws DataError when the payload is damaged.
std::vector<CoderPrice> price_layer(const GrainReader& reader, const GrainEntry& entry);

// One row per tensor and one of totals.
TextTable to_table(const GrainInspection& report);
// One row per layer: the bytes of its weights by each coder, "-" where one cannot take them. The one that
// coded the layer is marked.
TextTable coder_table(const GrainInspection& report);
// The same as both and more as one JSON object, indented by two.
std::string to_json(const GrainInspection& report);

// What is damaged, a line each, and how much can still be decoded; empty for a sound file.
std::string describe_damage(const GrainInspection& report);

}  // namespace adagrain
