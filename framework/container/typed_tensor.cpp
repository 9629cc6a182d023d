#include "framework/container/typed_tensor.h"

#include <algorithm>
#include <array>

#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/container/safetensors_header.h"
#include "framework/core/error.h"

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

// The sign behind the mantissa, and back.
template <typename Bits>
Bits sign_behind(Bits bits) {
  return static_cast<Bits>(bits << 1 | bits >> (8 * sizeof(Bits) - 1));
}
template <typename Bits>
Bits sign_in_front(Bits bits) {
  return static_cast<Bits>(bits >> 1 | bits << (8 * sizeof(Bits) - 1));
}

// [plane][number], the lowest byte's plane first.
template <typename Bits>
void split_numbers(std::span<const std::uint8_t> bytes, bool floating, std::uint8_t* planes) {
  const std::size_t count = bytes.size() / sizeof(Bits);
  for (std::size_t i = 0; i < count; ++i) {
    Bits value = load_little_endian<Bits>(bytes.data() + i * sizeof(Bits));
    if (floating) value = sign_behind(value);
    for (std::size_t plane = 0; plane < sizeof(Bits); ++plane)
      planes[plane * count + i] = static_cast<std::uint8_t>(value >> (8 * plane));
  }
}

template <typename Bits>
void join_numbers(const std::uint8_t* planes, bool floating, std::span<std::uint8_t> bytes) {
  const std::size_t count = bytes.size() / sizeof(Bits);
  for (std::size_t i = 0; i < count; ++i) {
    Bits value = 0;
    for (std::size_t plane = 0; plane < sizeof(Bits); ++plane)
      value = static_cast<Bits>(value | static_cast<Bits>(planes[plane * count + i]) << (8 * plane));
    if (floating) value = sign_in_front(value);
    for (std::size_t byte = 0; byte < sizeof(Bits); ++byte)
      bytes[i * sizeof(Bits) + byte] = static_cast<std::uint8_t>(value >> (8 * byte));
  }
}

// Calls `action` with a number of the form's width.
template <typename Action>
void with_width(std::size_t width, const Action& action) {
  switch (width) {
    case 2:
      return action(std::uint16_t{});
    case 4:
      return action(std::uint32_t{});
    case 8:
      return action(std::uint64_t{});
    default:
      ensure(width == 1, "numbers of {} bytes", width);
      return action(std::uint8_t{});
  }
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
  Bytes planes(bytes.size());
  with_width(form.width,
             [&]<typename Bits>(Bits) { split_numbers<Bits>(bytes, form.floating, planes.data()); });
  const std::size_t count = bytes.size() / form.width;
  Bytes coded(1);
  for (std::size_t plane = form.width; plane-- > 0;) {
    const auto symbols = std::span<const std::uint8_t>(planes).subspan(plane * count, count);
    const Bytes stream = encode_lanes(symbols, LaneProfile::precise);
    Bytes front;
    append_varint(front, stream.size());
    const bool smaller = front.size() + stream.size() < count;
    if (smaller) {
      coded[0] |= static_cast<std::uint8_t>(1 << plane);
      coded.insert(coded.end(), front.begin(), front.end());
      coded.insert(coded.end(), stream.begin(), stream.end());
    } else {
      coded.insert(coded.end(), symbols.begin(), symbols.end());
    }
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
  ByteReader reader(coded, "typed chunk");
  const auto flags = reader.number<std::uint8_t>();
  require<DataError>(flags >> form.width == 0, "typed chunk: flags of planes that are not there");
  const std::size_t count = bytes.size() / form.width;
  Bytes planes(bytes.size());
  for (std::size_t plane = form.width; plane-- > 0;) {
    const auto symbols = std::span(planes).subspan(plane * count, count);
    if ((flags >> plane & 1) != 0) {
      decode_lanes(reader.take(reader.varint()), symbols);
    } else {
      const auto raw = reader.take(count);
      std::copy(raw.begin(), raw.end(), symbols.begin());
    }
  }
  require<DataError>(reader.position() == coded.size(), "typed chunk: {} bytes too many",
                     coded.size() - reader.position());
  with_width(form.width,
             [&]<typename Bits>(Bits) { join_numbers<Bits>(planes.data(), form.floating, bytes); });
}

}  // namespace adagrain
