// Tensors of any type, bit for bit: by byte plane, in chunks that decode alone.
//
// A number of w bytes is cut into w planes. Of a float the sign goes last, so that the upper plane of float32
// and bfloat16 holds the exponent, which is what compresses (ZipNN; Hershcovitch et al., 2024); mantissa
// planes mostly stay as they are. A plane is coded where that is smaller and stored where it is not, chunk by
// chunk, so that a chunk never grows by more than its flags and length.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/core/bytes.h"
#include "framework/core/tensor.h"

namespace adagrain {

// The first byte of the payload: in a layer's it would be a granularity of number 15, which none has.
inline constexpr std::uint8_t kTypedPayload = 15;

// Bytes of a tensor that are coded together, a multiple of every type's width.
inline constexpr std::uint64_t kTypedChunkBytes = std::uint64_t{1} << 22;

// What opens the payload.
struct TypedHead {
  std::string dtype;        // as safetensors spells it; unknown ones are kept as they are
  std::uint64_t bytes = 0;  // of the tensor
  std::uint64_t size = 0;   // of this head itself

  std::uint64_t chunks() const { return (bytes + kTypedChunkBytes - 1) / kTypedChunkBytes; }
  std::uint64_t chunk_bytes(std::uint64_t chunk) const;
};

// Throws DataError for a type that cannot be spelt out.
void append_typed_head(Bytes& out, const TypedHead& head);
// Throws DataError when a tensor of the shape cannot have the head's bytes.
void check_typed_size(const TypedHead& head, const Shape& shape);
// None when another kind of payload is there. Throws DataError.
std::optional<TypedHead> read_typed_head(std::span<const std::uint8_t> payload);
// No head is longer.
inline constexpr std::uint64_t kLongestTypedHead = 2 + 1 + 32 + 10;

// One chunk with its length in front.
Bytes encode_typed_chunk(std::span<const std::uint8_t> bytes, const std::string& dtype);
// The inverse, without the length; `bytes` has the right size. Throws DataError.
void decode_typed_chunk(std::span<const std::uint8_t> coded, const std::string& dtype,
                        std::span<std::uint8_t> bytes);

}  // namespace adagrain
