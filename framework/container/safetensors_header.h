// The JSON header of a safetensors file, checked number by number.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/tensor.h"

namespace adagrain {

// One tensor of a safetensors file.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // as the file spells it: "F32", "BF16", ...
  Shape shape;
  std::uint64_t offset = 0;  // from the start of the file
  std::uint64_t bytes = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in order of their data, which they cover without gap or overlap
  std::map<std::string, std::string> metadata;  // "__metadata__"
};

// `file_bytes` is the size of the whole file, `text` its header. Throws DataError that opens with `where`;
// memory is bounded by the header's size.
SafetensorsHeader parse_safetensors_header(std::span<const std::uint8_t> text, std::uint64_t file_bytes,
                                           const std::string& where);

// The header of a file of these tensors (names, types, shapes, bytes; offsets follow from the order), padded
// with spaces to 8 bytes as the reference implementation does. Throws DataError for names that cannot be.
std::string safetensors_header_text(std::span<const SafetensorsEntry> entries,
                                    const std::map<std::string, std::string>& metadata);

}  // namespace adagrain
