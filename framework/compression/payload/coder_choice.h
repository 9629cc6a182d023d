// The choice between layer coders: asks every registered one that the candidate allows, and says what each
// answered.
//
//   a coder is named        that one, or ConfigError
//   no `ans` in the chain   raw
//   speed 0                 the smallest of those for speed 0: all encode, the fewest bytes win
//   speed 1, 2              the fastest of those for this speed that take the layer; it alone encodes
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/compression/coders/layer_coder.h"
#include "framework/compression/payload/layer_payload.h"

namespace adagrain {

// What one coder answered.
struct PricedCoder {
  std::string name;
  std::optional<std::uint64_t> bytes;  // of the coded weights, groups included; none: it has not encoded
  std::string refusal;                 // why it has not: "codes levels, not float32"
};
struct CoderChoice {
  std::string taken;
  std::vector<PricedCoder> priced;  // in the order of ids; empty where no weight is coded
};

struct ChosenCoding {
  CoderChoice choice;
  std::uint8_t id = kRawCoderId;
  EncodedWeights encoded;
};

// Throws ConfigError when the named coder cannot take the layer, or none of those allowed can.
ChosenCoding choose_coder(const LayerValues& layer, const CodingRequest& request, int threads);

// The coder of a layer of which no weight is coded: the named one, else the first by id that may be asked.
NamedCoder idle_coder(const CodingRequest& request);

// What each registered coder would take of the layer: by encoding, at the lowest speed that each is for, and
// as its histogram tells.
struct CoderPrice {
  PricedCoder priced;
  std::uint64_t estimate = 0;  // bytes; 0 where it bowed out
};
std::vector<CoderPrice> price_coders(const LayerValues& layer, int threads = 1);

}  // namespace adagrain
