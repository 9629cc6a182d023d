// safetensors files (https://github.com/huggingface/safetensors): 8 bytes little-endian header length, a JSON
// header, raw little-endian data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "framework/container/element_type.h"
#include "framework/container/safetensors_header.h"
#include "framework/core/byte_source.h"
#include "framework/core/files.h"
#include "framework/core/tensor.h"

namespace adagrain {

// Reads tensor by tensor: the file may be larger than memory, its types any.
class SafetensorsReader {
 public:
  // Throws DataError on truncation, overlap, gaps, duplicates, hostile sizes, bad JSON.
  explicit SafetensorsReader(ByteSource source);

  const std::vector<SafetensorsEntry>& entries() const { return header_.entries; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  const ByteSource& source() const { return source_; }

  // Of F32, F16, BF16, F64, I64 or I32; other types are refused by name, values beyond float32 too.
  Tensor read_float32(const SafetensorsEntry& entry) const;

 private:
  ByteSource source_;
  SafetensorsHeader header_;
};

// Writes header and data in order of `entries`, under a temporary name until `commit`.
class SafetensorsWriter {
 public:
  SafetensorsWriter(const std::filesystem::path& file, std::span<const SafetensorsEntry> entries,
                    const std::map<std::string, std::string>& metadata = {});
  // The next bytes of the data, tensors one after the other.
  void append(std::span<const std::uint8_t> data) { file_.append(data); }
  // Throws InternalError unless all data the header promises is there.
  void commit();

 private:
  AtomicFile file_;
  std::uint64_t promised_bytes_ = 0;
};

struct SafetensorsFile {
  Checkpoint tensors;                           // in order of their data offsets
  std::map<std::string, std::string> metadata;  // "__metadata__"
};

// All of it, as float32.
SafetensorsFile read_safetensors(const std::filesystem::path& file);
SafetensorsFile parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& name);

// F32, atomically.
void write_safetensors(const std::filesystem::path& file, const Checkpoint& tensors,
                       const std::map<std::string, std::string>& metadata = {});

// Size of the whole float32 file: what compression ratios are measured against.
std::uint64_t safetensors_bytes(const Checkpoint& tensors);
// Of a file of these tensors, each of its type, without metadata.
std::uint64_t safetensors_bytes(std::span<const SafetensorsEntry> entries);

}  // namespace adagrain
