// float32 numbers as four planes of bytes. The sign goes last, so that plane 3 is the exponent, planes 2 and
// 1 the upper mantissa, plane 0 the rest of it and the sign. Coded apart, the exponents are all that
// compresses much.
//
//   flags (1 byte): bit p: plane p is coded, else its bytes stand as they are
//   planes 3, 2, 1, 0. A coded one has its length in front, as a varint, but for the last that is coded: it
//   ends where the planes that follow begin.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "framework/compression/coders/layer_coder.h"

namespace adagrain {

constexpr int kPlanes = 4;
constexpr int kExponentPlane = kPlanes - 1;

constexpr std::uint32_t sign_last(std::uint32_t bits) {
  return bits << 1 | bits >> 31;
}
constexpr std::uint32_t sign_first(std::uint32_t bits) {
  return bits >> 1 | bits << 31;
}
constexpr std::uint8_t plane_byte(std::uint32_t bits_sign_last, int plane) {
  return static_cast<std::uint8_t>(bits_sign_last >> (8 * plane));
}

// [coded weight]
std::vector<std::uint16_t> plane_symbols(const LayerValues& layer, int plane);

// Codes the bytes of a plane. Tables are grouped in the exponents' plane alone: all others are nearly noise.
using EncodePlane = std::function<EncodedWeights(std::span<const std::uint16_t> symbols, bool exponents)>;
// A plane that is not worth coding stays as it is, and never grows.
EncodedWeights encode_planes(const LayerValues& layer, const EncodePlane& encode);

// Takes apart a coded plane: the next `length` bytes, which are there, and no others.
using SplitPlane =
    std::function<void(ByteReader& reader, std::size_t length, int plane, CodedStreams& streams)>;
CodedStreams split_planes(ByteReader& reader, const CodedLayout& layout, const SplitPlane& split);

// Returns the symbols [coded weight] of a plane's coded streams.
using DecodePlane =
    std::function<DecodedWeights(std::span<const SymbolStream> streams, const TableMap* tables)>;
DecodedWeights decode_planes(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                             const CodedLayout& layout, const DecodePlane& decode);

// Bytes of all planes by what each takes coded, `price(counts)`, or as it stands.
std::uint64_t estimate_planes(const ValueHistogram& histogram,
                              const std::function<std::uint64_t(const std::vector<std::uint32_t>&)>& price);

}  // namespace adagrain
