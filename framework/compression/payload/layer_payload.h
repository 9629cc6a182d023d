// The payload of one layer, shared by the side that writes it and the side that reads it. FORMAT.md, "Layer
// payload", has the bytes.
#pragma once

#include <cstdint>
#include <optional>

#include "framework/compression/candidate.h"
#include "framework/compression/coders/layer_coder.h"
#include "framework/compression/payload/coded_weights.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/bytes.h"

namespace adagrain {

// The numbers of all three enumerations and of PayloadHead's fields are part of the format.
enum class StoredValues : std::uint8_t {
  float32 = 0,
  levels = 1,             // symmetric: 0 means 0
  asymmetric_levels = 2,  // each step unit has a zero level
};
// What transforms that put units to zero have left.
enum class StoredPruning : std::uint8_t {
  none = 0,
  within = 1,  // zeros are values like others, or units without a step
  mask = 2,    // one bit for each unit; pruned ones are not coded
};

constexpr std::uint8_t kLargestGranularityId = 14;  // 15: a tensor stored by its type (typed_tensor.h)

// The first two bytes.
struct PayloadHead {
  std::uint8_t granularity = 0;                 // byte 0, bits 0-3
  StoredValues values = StoredValues::float32;  // bits 4-5
  StoredPruning pruning = StoredPruning::none;  // bits 6-7
  std::uint8_t coder = kRawCoderId;             // byte 1, bits 0-5
  bool grouped = false;                         // bit 6: several probability tables; bit 7 is 0

  bool quantized() const { return values != StoredValues::float32; }
};

void append_head(Bytes& out, const PayloadHead& head);
// Throws DataError on a head that append_head cannot have written.
PayloadHead read_head(ByteReader& reader);

// Where the bytes of a payload go; they add up to the payload's size.
struct PayloadParts {
  std::uint64_t side_bytes = 0;   // side information: head, granularity, steps, zero levels, mask
  std::uint64_t table_bytes = 0;  // the coder's frequency tables, and which weights they are for
  std::uint64_t data_bytes = 0;   // coded weights
  std::uint64_t total() const { return side_bytes + table_bytes + data_bytes; }
};

// Elements and units are numbered in 32 bits.
constexpr std::int64_t kLargestLayer = std::int64_t{1} << 31;

// How a granularity cuts a matrix. Throws DataError when the layer is larger than kLargestLayer.
LayerUnits cut_layer(const std::string& granularity, const Parameters& parameters, MatrixShape shape);
LayerUnits cut_layer(const Candidate& candidate, MatrixShape shape);

// What a candidate says of coding.
struct CodingRequest {
  bool entropy = true;  // the chain ends in `ans`
  int speed = 0;        // kAnsSpeed; 0 without `ans`
  std::string coder;    // the one that is named; empty: any

  // Whether anything but fields of fixed width may follow.
  bool raw_alone() const { return !entropy || coder == "raw"; }
};
CodingRequest coding_request(const Candidate& candidate);

// Which units are pruned is written down, unless zeros are symbols of a coder that makes them cheap, or units
// without a step say it.
bool stores_mask(const LayerCode& code, const LayerUnits& cut, bool raw_alone);

// The weights whose levels or bits are coded.
CodedWeights coded_weights(const LayerCode& code, const LayerUnits& cut, bool raw_alone);

}  // namespace adagrain
