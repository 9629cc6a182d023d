// The decoders between the stream buffer and the dequantisers, one for each open stream: they give the
// symbols of a tile and count the cycles that their unit takes for them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framework/hardware/accelerator.h"
#include "framework/hardware/stored_layer.h"
#include "framework/hardware/units/input_port.h"

namespace adagrain {

// An OPEN instruction's operands.
struct OpenStream {
  StreamKind kind = StreamKind::fixed_width;
  std::uint32_t width = 0;  // bits of a symbol, or of its alphabet
  int plane = -1, table = -1;
  bool backward = false;
  std::span<const std::uint8_t> bytes;
};

// What a decoder did for the symbols that it was asked for last.
struct DecodedRun {
  std::uint64_t cycles = 0;
  std::uint64_t starved = 0;    // of these, for want of words
  std::uint64_t words = 0;      // of 64 bits, from the stream buffer
  std::uint64_t decisions = 0;  // binary ones
};

// Built before the first symbol.
struct TableBuild {
  std::uint64_t tables = 0;
  std::uint64_t entries = 0;    // written
  std::uint64_t divisions = 0;  // frequencies of tables that few parameters describe
  std::uint64_t bytes = 0;      // of table memory
  std::uint64_t priors = 0;     // histories of the adaptive coder
};

class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;

  // Tables that the stream begins with, which LDT builds. Throws DataError.
  virtual TableBuild load_tables(std::uint32_t /*tables*/) { return {}; }
  virtual TableBuild build() const { return {}; }  // what opening alone builds

  // The next `symbols`, which are the ones before the last where the stream runs backwards, in the order of
  // the weights. `table_of` [symbol]: empty where there is one table. Throws DataError on damaged streams.
  virtual DecodedRun decode(std::span<const std::uint8_t> table_of, std::span<std::int32_t> symbols) = 0;

  // After the last symbol; throws DataError where bytes are left.
  virtual void finish() const = 0;
};

// `coded` and `shape`: what the adaptive decoder is told of the matrix. `symbols`: of the whole stream.
// `rate`: words of the stream buffer that the unit may have. All must outlive the decoder.
struct DecoderContext {
  const Accelerator& accelerator;
  const Shape& shape;
  const CodedWeights& coded;
  std::uint64_t symbols = 0;
  InputRate rate;
};
std::unique_ptr<StreamDecoder> open_stream(const OpenStream& stream, const DecoderContext& context);

// Binary decisions that the adaptive coder takes for a level, of magnitudes of up to `largest_class` bits:
// not zero?, sign, class above 1, 2, ... until a no, and the bits below the highest (STREAM.md).
std::uint64_t adaptive_decisions(std::int32_t level, int largest_class);

}  // namespace adagrain
