// A layer coder turns the coded weights of one layer into bytes and back, losslessly. It registers itself
// under its name from a file of its own; the choice between coders (payload/coder_choice.h), candidates
// (`coder=static`), the payload's reader and the accelerator know coders by this interface alone.
//
// Two levels, one job each:
//   EntropyCoder (entropy_coder.h)  a list of small integers <-> bytes. It knows nothing of layers. It codes
//                                   what describes units and groups, and is a tool of layer coders.
//   LayerCoder                      the weights of a layer <-> the rest of its payload. It sees levels where
//                                   they stand in the matrix, or float32 numbers, and decides how to use
//                                   neighbours, groups, tables and lanes.
//
// Which layer coder should I use? Leave `coder` out: `speed` asks the right ones and the smallest or fastest
// is taken. Force one to study it alone:
//   raw          fixed width. Nothing to decode; what a chain without `ans` stores.
//   static       one rANS state, up to 8 tables of integer frequencies. Takes any layer; tens of millions of
//                weights a second.
//   adaptive     probabilities learned from the levels around: the smallest files, 2 to 25 % below static;
//                some millions of levels a second.
//   interleaved  up to 256 rANS states side by side: gigabytes a second, for 1 to 4 % more bytes than static.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "framework/compression/grouping/table_choice.h"
#include "framework/compression/grouping/table_map.h"
#include "framework/compression/payload/coded_weights.h"
#include "framework/compression/transforms/transform.h"
#include "framework/core/bytes.h"

namespace adagrain {

// Ids have six bits in the container.
constexpr std::uint8_t kLargestCoderId = 63;
constexpr std::uint8_t kRawCoderId = 0;

// A layer as its encoder sees it. All of it must outlive what is made of it.
struct LayerValues {
  const Shape& shape;     // of the tensor, [out, in, height, width] for a convolution
  const LayerCode& code;  // its levels where it is quantised, else its values
  const LayerUnits& cut;
  const CodedWeights& coded;  // at least one weight
  // Of the coded levels; both 0 where the layer is not quantised.
  std::int32_t lowest = 0, highest = 0;

  bool levels() const { return code.quantized; }
  std::uint64_t alphabet() const { return static_cast<std::uint64_t>(highest - lowest) + 1; }
};
// Finds the range of levels.
LayerValues layer_values(const Shape& shape, const LayerCode& code, const LayerUnits& cut,
                         const CodedWeights& coded);

// How often each value is coded.
struct ValueHistogram {
  bool levels = true;
  std::int32_t lowest = 0;  // level that counts[0][0] counts
  // Levels: one table, [level - lowest]. float32: [plane][byte], plane 3 the exponents (float_planes.h).
  std::vector<std::vector<std::uint32_t>> counts;

  std::uint64_t weights() const;
};
ValueHistogram value_histogram(const LayerValues& layer);

struct CodingOptions {
  int speed = 0;  // kAnsSpeed
  int threads = 1;
};

// What an encoder made. In the payload the grouping comes first, where there is one (stored_grouping.h).
struct EncodedWeights {
  TableChoice grouping;  // one table: nothing is stored of it
  // The coder's own, one after the other, to the end of the payload. Two, so that a long stream need not be
  // copied to come to stand behind its head.
  Bytes front, bytes;
  std::uint64_t table_bytes = 0;  // of `bytes`, what describes tables

  std::size_t size() const { return front.size() + bytes.size(); }
};

// What both sides know before the coder's bytes begin.
struct CodedLayout {
  const Shape& shape;
  MatrixShape matrix;  // what `shape` is seen as
  const LayerUnits& cut;
  const CodedWeights& coded;                 // at least one weight
  bool levels = true;                        // else float32
  std::span<const std::uint8_t> zero_level;  // [step unit]; empty: levels are symmetric
  const TableMap* tables = nullptr;          // which table codes which weight; nullptr: one table

  std::uint32_t table_count() const {
    return tables == nullptr ? 1 : static_cast<std::uint32_t>(tables->begin().size()) - 1;
  }
};

// Bytes begin .. end - 1 of a payload.
struct ByteRange {
  std::size_t begin = 0, end = 0;

  std::size_t size() const { return end - begin; }
  std::span<const std::uint8_t> of(std::span<const std::uint8_t> payload) const {
    return payload.subspan(begin, size());
  }
};

// Symbols that one decoder reads from first byte to last, or the other way round.
struct SymbolStream {
  ByteRange bytes;
  std::uint64_t symbols = 0;
  std::uint32_t alphabet = 0;  // symbols are below
  bool coded = true;           // false: fixed width
  int plane = -1;              // of float32 numbers 0..3; -1: levels
  int table = -1;  // whose symbols these are alone; -1: of all tables, in the order of the weights
};

// A coder's bytes taken apart, with nothing decoded.
struct CodedStreams {
  std::vector<SymbolStream> streams;  // in the order of their bytes; together all symbols of the layer
  // A level is lowest + stride * symbol, where symbols stand for levels.
  std::int32_t lowest = 0, stride = 1;
  std::uint64_t table_bytes = 0;  // what describes tables
};

struct DecodedWeights {
  // Symbols that stand for levels [coded weight], in bytes or 16-bit numbers; levels themselves [element]; or
  // bit patterns of float32 with the sign last [coded weight] (float_planes.h).
  std::variant<Bytes, std::vector<std::uint16_t>, std::vector<std::int32_t>, std::vector<std::uint32_t>>
      values;
};

// What a hardware unit needs to decode the layer at hand.
enum class DecoderKind {
  unpack,           // cuts fields of fixed width out of a word
  table_ans,        // one rANS state, tables of frequencies
  interleaved_ans,  // rANS states side by side
  adaptive_binary,  // bit by bit, with probabilities that change
  other
};
struct DecoderNeeds {
  DecoderKind kind = DecoderKind::other;
  std::uint64_t symbols = 0;        // that run through the unit: weights, of float32 its coded planes
  std::uint32_t states = 1;         // independent ones, of the longest stream: symbols decoded side by side
  int state_bits = 0;               // width of a state
  int unit_bits = 0;                // what a state takes in at once
  std::uint32_t tables = 0;         // of the longest stream
  std::uint32_t table_symbols = 0;  // entries of the largest table: symbols that have a frequency
  int precision_bits = 0;           // probabilities count 2^-precision
  std::uint32_t contexts = 0;       // adaptive: probabilities that are kept and updated, all of them
  int inputs_per_bit = 0;           // adaptive: probabilities mixed for one bit
  bool backward = false;            // symbols come last to first, bytes from the end
  std::uint64_t escapes = 0;        // symbols that stand in a list beside the code
  std::uint64_t raw_bits = 0;  // bits that bypass the decoder: low bits of symbols, fields of fixed width
};

// When the choice between coders asks one.
struct SpeedRange {
  int lowest, highest;
};
struct CoderUse {
  std::optional<SpeedRange> speeds;  // values of kAnsSpeed; none: only where a candidate names it
  std::uint64_t fewest_weights = 1;  // fewer are not worth its while: asked only where a candidate names it
  // Millions of weights that one core decodes in a second, about: at speeds above 0 the fastest coder that
  // takes the layer gets it.
  double decoding_speed = 1;
};

class LayerCoder {
 public:
  static constexpr const char* kind = "layer coder";
  virtual ~LayerCoder() = default;

  // The stable number that names it in the container, 0..kLargestCoderId.
  virtual std::uint8_t id() const = 0;
  virtual CoderUse use() const = 0;

  // Why it cannot take the layer, as half a sentence ("codes levels, not float32"); empty where it can.
  virtual std::string refusal(const LayerValues& layer) const = 0;

  // Bytes that `encode` would take, from the histogram alone. What groups and neighbours save is not in it: a
  // coder that uses them may take fewer. It takes at most 4 % and 40 bytes more.
  virtual std::uint64_t estimate(const ValueHistogram& histogram) const = 0;

  // A layer that it does not refuse. Deterministic, whatever the threads.
  virtual EncodedWeights encode(const LayerValues& layer, const CodingOptions& options) const = 0;

  // Takes the coder's bytes apart: all that `reader`, which reads a payload, has left. Ranges count from the
  // payload's first byte. Throws DataError on bytes that `encode` cannot have written.
  virtual CodedStreams split(ByteReader& reader, const CodedLayout& layout) const = 0;
  // Throws DataError as `split` does. Memory is O(weights of the layer).
  virtual DecodedWeights decode(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                                const CodedLayout& layout, int threads) const = 0;

  virtual DecoderNeeds needs(std::span<const std::uint8_t> payload, const CodedStreams& streams,
                             const CodedLayout& layout) const = 0;
};

// The registered coder of that id, with its name; none where there is no such coder.
struct NamedCoder {
  std::string name;
  std::unique_ptr<LayerCoder> coder;
};
std::optional<NamedCoder> coder_of_id(std::uint8_t id);

}  // namespace adagrain
