// The payload of one layer, shared by the side that writes it and the side that reads it. FORMAT.md, "Layer
// payload", has the bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <optional>

#include "framework/compression/candidate.h"
#include "framework/compression/coders/adaptive/adaptive_coder.h"
#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/grouping/table_map.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/registry.h"

namespace adagrain {

// The first byte.
struct PayloadHead {
  std::uint8_t granularity = 0;  // bits 0-1
  bool adaptive = false;         // bit 2, with quantisation and ANS: levels by the adaptive coder
  bool prune = false;            // bit 3
  bool quantize = false;         // bit 4
  bool ans = false;              // bit 5
  bool asymmetric = false;       // bit 6: zero levels follow
  bool binary = false;           // bit 7 without ANS: levels are -1 and +1
  bool grouped = false;          // bit 7 with ANS: more than one probability table
  bool lanes = false;            // bits 2 and 7, with ANS: interleaved rANS

  std::uint8_t byte() const {
    return static_cast<std::uint8_t>(granularity | (adaptive || lanes) << 2 | prune << 3 | quantize << 4 |
                                     ans << 5 | asymmetric << 6 | (binary || grouped || lanes) << 7);
  }
  static PayloadHead parse(std::uint8_t byte) {
    const bool ans = (byte & 32) != 0, third = (byte & 4) != 0, last = (byte & 128) != 0;
    return {static_cast<std::uint8_t>(byte & 3),
            third && !last,
            (byte & 8) != 0,
            (byte & 16) != 0,
            ans,
            (byte & 64) != 0,
            last && !ans,
            last && ans && !third,
            last && third};
  }
};

constexpr std::uint8_t kElementId = 1;
constexpr std::uint8_t kBlockId = 2;

// What is known of it before anything is coded.
PayloadHead payload_head(const Candidate& candidate, const LayerCode& code);

// The weights whose levels or bits the payload holds.
CodedWeights coded_weights(const PayloadHead& head, const LayerCode& code, const LayerUnits& cut);

// kAnsSpeed of the candidate; 0 without ANS.
int ans_speed(const Candidate& candidate);

// The byte before tables of groups.
struct GroupingByte {
  std::uint32_t tables = 1;  // bits 0-3
  Grouping grouping = Grouping::units;
  bool row_codes = false;     // bit 4, by scales: those of rows follow
  bool column_codes = false;  // bit 5

  std::uint8_t byte() const {
    return static_cast<std::uint8_t>(tables | row_codes << 4 | column_codes << 5 |
                                     (grouping == Grouping::rows) << 6 | (grouping == Grouping::blocks) << 7);
  }
  // None where bits are set that exclude each other.
  static std::optional<GroupingByte> parse(std::uint8_t byte) {
    const bool scales = (byte & 0x30) != 0, rows = (byte & 0x40) != 0, blocks = (byte & 0x80) != 0;
    if (scales + rows + blocks > 1) return std::nullopt;
    return GroupingByte{byte & 15u,
                        scales   ? Grouping::scales
                        : rows   ? Grouping::rows
                        : blocks ? Grouping::blocks
                                 : Grouping::units,
                        (byte & 0x10) != 0, (byte & 0x20) != 0};
  }
};

// Interleaved streams only pay where symbols are more than these.
constexpr std::size_t kFewSymbols = 4096;
constexpr int kPlanes = 4;

// Which units are pruned is written down, unless zeros are symbols of the stream or steps say it.
inline bool stores_mask(const PayloadHead& head) {
  return head.prune && (!head.quantize || (head.granularity == kElementId && !head.ans));
}

// What describes units (step codes, zero levels, masks, tables) is coded like the weights, but raw where that
// takes no more than a frequency table would.
constexpr std::size_t kShortStreamBits = 64;
constexpr std::uint64_t kLengthBytes = 2;  // about, of the varint before a stream that more follows
inline std::size_t raw_bits(std::uint32_t alphabet, std::size_t count) {
  return count * static_cast<std::size_t>(std::bit_width(alphabet - 1));
}
inline bool codes_metadata(const PayloadHead& head, std::uint32_t alphabet, std::size_t count) {
  return head.ans && raw_bits(alphabet, count) > kShortStreamBits;
}

inline std::unique_ptr<EntropyCoder> coder_of(bool ans) {
  return Registry<EntropyCoder>::create(ans ? "ans" : "raw");
}

// float32 -> sign last: byte 3 of the result is the exponent, byte 2 the upper mantissa, and so on. Coded
// separately, the exponent is all that compresses.
inline std::uint32_t sign_last(std::uint32_t bits) {
  return bits << 1 | bits >> 31;
}
inline std::uint32_t sign_first(std::uint32_t bits) {
  return bits >> 1 | bits << 31;
}

// Elements and units are numbered in 32 bits.
constexpr std::int64_t kLargestLayer = std::int64_t{1} << 31;

// What the adaptive coder is told of a tensor whose `elements` are coded.
LevelGrid level_grid(const Shape& shape, std::span<const std::uint32_t> elements);

// Throws DataError when the layer is larger.
LayerUnits cut_layer(const Candidate& candidate, MatrixShape shape);

}  // namespace adagrain
