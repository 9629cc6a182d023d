// The directory of a `.grain` file: one row per tensor. FORMAT.md, "Directory", has the bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "framework/container/grain_file.h"
#include "framework/core/bytes.h"

namespace adagrain {

// Weights that decode to memory, whole, for each byte they are stored in, and the allowance on top. A nearly
// empty layer codes in a few bytes, so the allowance covers a fully pruned 4096 x 4096 layer; above it, 2^14
// weights a byte (0.0005 bits each) is more than any real tensor reaches. A payload of n bytes can thus make
// nobody hold more than 2^24 + 2^14 n weights, a file of n bytes no more than 2^26 + 2^14 n. What is decoded
// chunk by chunk needs no such limit.
inline constexpr std::uint64_t kWeightsPerByte = std::uint64_t{1} << 14;
inline constexpr std::uint64_t kTensorAllowance = std::uint64_t{1} << 24;
inline constexpr std::uint64_t kFileAllowance = std::uint64_t{1} << 26;

// Front coding repeats names, so their length is what bounds a hostile directory's memory.
inline constexpr std::size_t kMaximumNameBytes = 255;

// What a row holds beyond the public entry.
struct DirectoryRow {
  GrainEntry entry;             // payload_offset and directory_bytes are not stored
  std::uint64_t rows_back = 0;  // > 0: name only, everything else is that of the row so far back
};

// Throws DataError for a name that cannot become a safetensors key or could trick a terminal: empty, too
// long, control characters, no UTF-8, reserved.
void check_tensor_name(std::string_view name, std::string_view where);

// Whether a tensor that is decoded whole may have so many weights in so few bytes.
bool density_allowed(const Shape& shape, std::uint64_t payload_bytes);
// Throw DataError when one tensor, or all of a file, would have more weights than these limits.
void check_tensor_density(const Shape& shape, std::uint64_t payload_bytes, std::string_view where);
void check_file_density(std::uint64_t weights, std::uint64_t file_bytes, std::string_view where);

Bytes encode_directory(std::span<const DirectoryRow> rows);

// Reads exactly `count` rows, the payload offsets counted from `payload_begin`. Throws DataError.
std::vector<GrainEntry> decode_directory(std::span<const std::uint8_t> bytes, std::uint64_t count,
                                         std::uint64_t payload_begin, std::string_view where);

}  // namespace adagrain
