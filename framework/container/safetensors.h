// safetensors files (https://github.com/huggingface/safetensors): 8 bytes little-endian header length, a JSON
// header, raw little-endian data. Read: F32, F16, BF16, F64, I64, I32 to float32; other types are refused by
// name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "framework/core/tensor.h"

namespace adagrain {

struct SafetensorsFile {
  Checkpoint tensors;                           // in order of their data offsets
  std::map<std::string, std::string> metadata;  // "__metadata__"
};

// Throws DataError on truncation, overlap, gaps, duplicates, hostile sizes, bad JSON, values beyond float32;
// memory is bounded by the file's size.
SafetensorsFile read_safetensors(const std::filesystem::path& file);
SafetensorsFile parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& name);

// F32, atomically. Header padded with spaces to 8 bytes, as the reference implementation does.
void write_safetensors(const std::filesystem::path& file, const Checkpoint& tensors,
                       const std::map<std::string, std::string>& metadata = {});

// Size of the whole float32 file: what compression ratios are measured against.
std::uint64_t safetensors_bytes(const Checkpoint& tensors);
std::uint64_t safetensors_bytes(const std::vector<std::pair<std::string, Shape>>& tensors);

}  // namespace adagrain
