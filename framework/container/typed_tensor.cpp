#include "framework/container/typed_tensor.h"

#include <algorithm>
#include <array>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/container/safetensors_header.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

// Place of a type in this list is its code in the file; 0 is a type that is spelt out. Part of the format.
constexpr std::array<std::string_view, 21> kTypes = {
    "",    "F32", "BF16", "F16", "F64",     "I64",     "I32",     "I16",     "I8",      "U64", "U32",
    "U16", "U8",  "BOOL", "C64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4"};
constexpr std::size_t kLongestType = 32;

// How the numbers of a type become planes.
struct PlaneForm {
  std::size_t width = 1;  // bytes of a number
  bool floating = false;
};

PlaneForm form_of(std::string_view dtype) {
  const std::uint64_t bits = dtype_bits(dtype);
  return {bits % 8 == 0 && bits > 0 ? static_cast<std::size_t>(bits / 8) : 1, is_floating(dtype)};
}

std::uint64_t load(const std::uint8_t* bytes, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

// The sign behind the mantissa, and back.
std::uint64_t sign_behind(std::uint64_t bits, std::size_t width) {
  const std::size_t top = 8 * width - 1;
  return (bits << 1 | bits >> top) & (~std::uint64_t{0} >> (63 - top));
}
std::uint64_t sign_in_front(std::uint64_t bits, std::size_t width) {
  return bits >> 1 | (bits & 1) << (8 * width - 1);
}

std::vector<std::uint16_t> plane_of(std::span<const std::uint8_t> bytes, const PlaneForm& form,
                                    std::size_t plane) {
  std::vector<std::uint16_t> symbols(bytes.size() / form.width);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    std::uint64_t value = load(bytes.data() + i * form.width, form.width);
    if (form.floating) value = sign_behind(value, form.width);
    symbols[i] = static_cast<std::uint16_t>(value >> (8 * plane) & 0xFF);
  }
  return symbols;
}

}  // namespace

std::uint64_t TypedHead::chunk_bytes(std::uint64_t chunk) const {
  return std::min(typed_chunk_bytes, bytes - chunk * typed_chunk_bytes);
}

void append_typed_head(Bytes& out, const TypedHead& head) {
  out.push_back(typed_payload);
  const auto known = std::find(kTypes.begin() + 1, kTypes.end(), head.dtype);
  if (known != kTypes.end()) {
    out.push_back(static_cast<std::uint8_t>(known - kTypes.begin()));
  } else {
    require<DataError>(!head.dtype.empty() && head.dtype.size() <= kLongestType,
                       "type '{}' of {} bytes; allowed 1..{}", head.dtype, head.dtype.size(), kLongestType);
    out.push_back(0);
    append_varint(out, head.dtype.size());
    out.insert(out.end(), head.dtype.begin(), head.dtype.end());
  }
  append_varint(out, head.bytes);
}

std::optional<TypedHead> read_typed_head(std::span<const std::uint8_t> payload) {
  if (payload.empty() || payload[0] != typed_payload) return {};
  ByteReader reader(payload, "typed tensor");
  reader.take(1);
  TypedHead head;
  const auto code = reader.number<std::uint8_t>();
  require<DataError>(code < kTypes.size(), "typed tensor: type {}; allowed 0..{}", code, kTypes.size() - 1);
  head.dtype = kTypes[code];
  if (code == 0) {
    const std::uint64_t length = reader.varint();
    require<DataError>(length > 0 && length <= kLongestType,
                       "typed tensor: a type of {} letters; allowed 1..{}", length, kLongestType);
    const auto text = reader.take(length);
    head.dtype.assign(text.begin(), text.end());
    const bool spelt =
        std::all_of(head.dtype.begin(), head.dtype.end(), [](char c) { return c > 32 && c < 127; });
    require<DataError>(spelt && std::find(kTypes.begin(), kTypes.end(), head.dtype) == kTypes.end(),
                       "typed tensor: a type that is not spelt out");
  }
  head.bytes = reader.varint();
  head.size = reader.position();
  return head;
}

Bytes encode_typed_chunk(std::span<const std::uint8_t> bytes, const std::string& dtype) {
  const PlaneForm form = form_of(dtype);
  ensure(bytes.size() % form.width == 0, "typed chunk: {} bytes of {}-byte numbers", bytes.size(),
         form.width);
  const auto ans = Registry<EntropyCoder>::create("ans"), raw = Registry<EntropyCoder>::create("raw");
  Bytes coded(1);
  for (std::size_t plane = form.width; plane-- > 0;) {
    const std::vector<std::uint16_t> symbols = plane_of(bytes, form, plane);
    SymbolCounts counts(1, std::vector<std::uint32_t>(256));
    for (const std::uint16_t symbol : symbols) ++counts[0][symbol];
    std::vector<std::uint8_t> stream;
    if (ans->price(counts) < symbols.size()) stream = ans->encode({256, 1}, symbols, {}).bytes;
    const bool smaller = !stream.empty() && stream.size() < symbols.size();
    if (smaller) coded[0] |= static_cast<std::uint8_t>(1 << plane);
    if (!smaller) stream = raw->encode({256, 1}, symbols, {}).bytes;
    coded.insert(coded.end(), stream.begin(), stream.end());
  }
  Bytes out;
  append_varint(out, coded.size());
  out.insert(out.end(), coded.begin(), coded.end());
  return out;
}

void decode_typed_chunk(std::span<const std::uint8_t> coded, const std::string& dtype,
                        std::span<std::uint8_t> bytes) {
  const PlaneForm form = form_of(dtype);
  require<DataError>(bytes.size() % form.width == 0, "typed chunk: {} bytes of {}-byte numbers", bytes.size(),
                     form.width);
  require<DataError>(!coded.empty() && coded[0] >> form.width == 0,
                     "typed chunk: flags of planes that are not there");
  const auto ans = Registry<EntropyCoder>::create("ans"), raw = Registry<EntropyCoder>::create("raw");
  std::vector<std::uint64_t> values(bytes.size() / form.width);
  std::vector<std::uint16_t> symbols(values.size());
  std::size_t at = 1;
  for (std::size_t plane = form.width; plane-- > 0;) {
    const EntropyCoder& coder = (coded[0] >> plane & 1) != 0 ? *ans : *raw;
    at += coder.decode(coded.subspan(at), {256, 1}, {}, symbols).bytes;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] |= std::uint64_t{symbols[i]} << (8 * plane);
  }
  require<DataError>(at == coded.size(), "typed chunk: {} bytes too many", coded.size() - at);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t value = form.floating ? sign_in_front(values[i], form.width) : values[i];
    for (std::size_t byte = 0; byte < form.width; ++byte) {
      bytes[i * form.width + byte] = static_cast<std::uint8_t>(value >> (8 * byte));
    }
  }
}

}  // namespace adagrain
