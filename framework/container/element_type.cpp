#include "framework/container/element_type.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "framework/container/float16.h"
#include "framework/core/bytes.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

// values[i] = convert(the i-th little-endian number of type Bits).
template <typename Bits, typename Convert>
void convert_all(std::span<const std::uint8_t> bytes, std::vector<float>& values, Convert convert) {
  values.resize(bytes.size() / sizeof(Bits));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = convert(load_little_endian<Bits>(bytes.data() + i * sizeof(Bits)));
  }
}

}  // namespace

std::uint64_t dtype_bits(std::string_view dtype) {
  constexpr std::pair<std::string_view, std::uint64_t> known[] = {
      {"F64", 64},    {"I64", 64},    {"U64", 64},    {"C64", 64},    {"F32", 32},
      {"I32", 32},    {"U32", 32},    {"F16", 16},    {"BF16", 16},   {"I16", 16},
      {"U16", 16},    {"I8", 8},      {"U8", 8},      {"BOOL", 8},    {"F8_E4M3", 8},
      {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4}};
  const auto found =
      std::find_if(std::begin(known), std::end(known), [&](const auto& one) { return one.first == dtype; });
  return found == std::end(known) ? 0 : found->second;
}

bool is_floating(std::string_view dtype) {
  return dtype == "F64" || dtype == "F32" || dtype == "BF16" || dtype == "F16";
}

std::vector<float> to_float32(const std::string& dtype, std::span<const std::uint8_t> data,
                              const std::string& where) {
  std::vector<float> values;
  if (dtype == "F32") {
    convert_all<std::uint32_t>(data, values, [](std::uint32_t bits) { return std::bit_cast<float>(bits); });
  } else if (dtype == "F16") {
    convert_all<std::uint16_t>(data, values, float16_to_float);
  } else if (dtype == "BF16") {
    convert_all<std::uint16_t>(data, values, bfloat16_to_float);
  } else if (dtype == "F64") {
    convert_all<std::uint64_t>(data, values, [&](std::uint64_t bits) {
      const auto value = std::bit_cast<double>(bits);
      require<DataError>(!std::isfinite(value) || std::abs(value) <= std::numeric_limits<float>::max(),
                         "{}: {} is beyond float32", where, value);
      return static_cast<float>(value);
    });
  } else if (dtype == "I64") {
    convert_all<std::uint64_t>(
        data, values, [](std::uint64_t bits) { return static_cast<float>(static_cast<std::int64_t>(bits)); });
  } else if (dtype == "I32") {
    convert_all<std::uint32_t>(
        data, values, [](std::uint32_t bits) { return static_cast<float>(static_cast<std::int32_t>(bits)); });
  } else {
    throw DataError(
        fmt::format("{} is of type {}; read as float32 are F64, F32, F16, BF16, I64, I32", where, dtype));
  }
  return values;
}

std::vector<std::uint8_t> float32_bytes(std::span<const float> values) {
  Bytes bytes(4 * values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    store_little_endian(&bytes[4 * i], std::bit_cast<std::uint32_t>(values[i]));
  }
  return bytes;
}

}  // namespace adagrain
