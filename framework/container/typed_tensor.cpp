#include "framework/container/typed_tensor.h"

#include <algorithm>
#include <array>
#include <bit>

#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/compression/integer_log.h"
#include "framework/container/byte_planes.h"
#include "framework/container/element_type.h"
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

// Bits a symbol of the plane takes by itself, in 2^-16, judged by a 16th of it.
std::uint32_t sampled_entropy(std::span<const std::uint8_t> plane) {
  constexpr std::size_t run = 256;
  std::array<std::uint32_t, 256> counts{};
  std::uint32_t total = 0;
  for (std::size_t begin = 0; begin < plane.size(); begin += 16 * run) {
    for (const std::uint8_t symbol : plane.subspan(begin, std::min(run, plane.size() - begin))) {
      ++counts[symbol];
      ++total;
    }
  }
  if (total == 0) return 0;
  std::uint64_t bits = 0;
  for (const std::uint32_t count : counts) {
    if (count > 0) bits += std::uint64_t{count} * (fixed_log2(total) - fixed_log2(count));
  }
  return static_cast<std::uint32_t>(bits / total);
}

// The plane coded where that may be smaller; empty where there is nothing to gain.
Bytes coded_plane(std::span<const std::uint8_t> plane) {
  constexpr std::uint32_t bit = 1u << kLogFraction;
  const std::uint32_t entropy = sampled_entropy(plane);
  if (entropy > 8 * bit - bit / 16) return {};
  // 1/256 is too coarse for the probabilities of sparse planes.
  const Bytes stream =
      encode_lanes(plane, entropy < 3 * bit / 2 ? LanePrecision::precise : LanePrecision::fast);
  Bytes coded;
  append_varint(coded, stream.size());
  coded.insert(coded.end(), stream.begin(), stream.end());
  return coded.size() < plane.size() ? coded : Bytes();
}

// Of a type that has no number.
void check_spelling(std::string_view dtype) {
  const bool spelt = std::all_of(dtype.begin(), dtype.end(), [](char c) { return c > 32 && c < 127; });
  require<DataError>(spelt && !dtype.empty() && dtype.size() <= kLongestType,
                     "typed tensor: a type of {} letters; allowed are 1 to {} printable ones without blanks",
                     dtype.size(), kLongestType);
}

}  // namespace

void check_typed_size(const TypedHead& head, const Shape& shape) {
  const auto numbers = static_cast<std::uint64_t>(element_count(shape));
  const std::uint64_t bits = dtype_bits(head.dtype);
  // A type that is not known may have any size, but no more than 64 bytes a number.
  require<DataError>(head.bytes <= 64 * numbers && (bits == 0 || 8 * head.bytes == bits * numbers),
                     "{} bytes for {} numbers of type {}", head.bytes, numbers, head.dtype);
}

std::uint64_t TypedHead::chunk_bytes(std::uint64_t chunk) const {
  return std::min(kTypedChunkBytes, bytes - chunk * kTypedChunkBytes);
}

void append_typed_head(Bytes& out, const TypedHead& head) {
  out.push_back(kTypedPayload);
  const auto known = std::find(kTypes.begin() + 1, kTypes.end(), head.dtype);
  if (known != kTypes.end()) {
    out.push_back(static_cast<std::uint8_t>(known - kTypes.begin()));
  } else {
    check_spelling(head.dtype);
    out.push_back(0);
    append_varint(out, head.dtype.size());
    out.insert(out.end(), head.dtype.begin(), head.dtype.end());
  }
  append_varint(out, head.bytes);
}

std::optional<TypedHead> read_typed_head(std::span<const std::uint8_t> payload) {
  if (payload.empty() || payload[0] != kTypedPayload) return {};
  ByteReader reader(payload, "typed tensor");
  reader.take(1);
  TypedHead head;
  const auto code = reader.number<std::uint8_t>();
  require<DataError>(code < kTypes.size(), "typed tensor: type {}; allowed 0..{}", code, kTypes.size() - 1);
  head.dtype = kTypes[code];
  if (code == 0) {
    const std::uint64_t length = reader.varint();
    require<DataError>(length <= kLongestType, "typed tensor: a type of {} letters; allowed up to {}", length,
                       kLongestType);
    const auto text = reader.take(length);
    head.dtype.assign(text.begin(), text.end());
    check_spelling(head.dtype);
    require<DataError>(std::find(kTypes.begin(), kTypes.end(), head.dtype) == kTypes.end(),
                       "typed tensor: the type '{}' has a number", head.dtype);
  }
  head.bytes = reader.varint();
  head.size = reader.position();
  return head;
}

Bytes encode_typed_chunk(std::span<const std::uint8_t> bytes, const std::string& dtype) {
  const PlaneForm form = form_of(dtype);
  ensure(bytes.size() % form.width == 0, "typed chunk: {} bytes of {}-byte numbers", bytes.size(),
         form.width);
  const std::size_t count = bytes.size() / form.width;
  Bytes planes(bytes.size());
  std::array<std::uint8_t*, kWidestNumber> plane_at{};
  for (std::size_t plane = 0; plane < form.width; ++plane) plane_at[plane] = planes.data() + plane * count;
  split_planes(bytes, form.width, form.floating, plane_at);
  Bytes coded(1);
  for (std::size_t plane = form.width; plane-- > 0;) {
    const std::span<const std::uint8_t> symbols(plane_at[plane], count);
    const Bytes stream = coded_plane(symbols);
    if (!stream.empty()) coded[0] |= static_cast<std::uint8_t>(1 << plane);
    const auto stored = stream.empty() ? symbols : std::span(stream);
    coded.insert(coded.end(), stored.begin(), stored.end());
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
  Bytes decoded(count * static_cast<std::size_t>(std::popcount(flags)));
  std::size_t next = 0;
  std::array<const std::uint8_t*, kWidestNumber> plane_at{};
  for (std::size_t plane = form.width; plane-- > 0;) {
    if ((flags >> plane & 1) != 0) {
      const auto symbols = std::span(decoded).subspan(count * next++, count);
      decode_lanes(reader.take(reader.varint()), symbols);
      plane_at[plane] = symbols.data();
    } else {
      plane_at[plane] = reader.take(count).data();
    }
  }
  require<DataError>(reader.position() == coded.size(), "typed chunk: {} bytes too many",
                     coded.size() - reader.position());
  join_planes(plane_at, form.width, form.floating, bytes);
}

}  // namespace adagrain
