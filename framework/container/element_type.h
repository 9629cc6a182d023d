// The element types of safetensors files: "F32", "BF16", ...
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adagrain {

// Bits of one element of a type that this program knows, else 0.
std::uint64_t dtype_bits(std::string_view dtype);
// F64, F32, BF16, F16: what can be compressed as weights.
bool is_floating(std::string_view dtype);

// Data of type F32, F16, BF16, F64, I64 or I32 as float32. Throws DataError that opens with `where`.
std::vector<float> to_float32(const std::string& dtype, std::span<const std::uint8_t> data,
                              const std::string& where);
// Little-endian float32.
std::vector<std::uint8_t> float32_bytes(std::span<const float> values);

}  // namespace adagrain
