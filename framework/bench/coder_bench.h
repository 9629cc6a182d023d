// Entropy coders side by side: whole passes over bytes, counting and tables included.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "framework/bench/symbol_sources.h"
#include "framework/core/text_table.h"

namespace adagrain {

// A coder of bytes. Another one is one more line in `measured_coders`.
struct ByteCoder {
  std::string name;
  std::string isa;  // "-": it does not say
  int threads = 1;
  // Writes to `buffer`, whose memory and size it may reuse from call to call; returns the bytes coded.
  std::function<std::size_t(std::span<const std::uint8_t> symbols, Bytes& buffer)> encode;
  std::function<void(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> symbols)> decode;
  // Of a coder that sees more than bytes: the one for tensors of this shape. Otherwise none.
  std::function<ByteCoder(const Shape& shape)> of_shape = {};
};

// What can code the source: ours, with `threads` where they take them, those of other libraries that were
// found when this was built, and memcpy, which is what the machine allows.
std::vector<ByteCoder> measured_coders(const SymbolSource& source, int threads);
// Of other libraries alone: rANS of htscodecs, zstd, lz4.
std::vector<ByteCoder> peer_coders();
// Libraries that were not found.
std::vector<std::string> absent_peers();

struct CoderResult {
  std::string source, coder, isa;
  int threads = 1;
  double encode_mbps = 0, decode_mbps = 0;  // 10^6 symbols a second, the median
  std::size_t bytes = 0;
  double entropy_bytes = 0;
};

// Throws InternalError when what is decoded is not what was encoded.
CoderResult measure_coder(const ByteCoder& coder, const SymbolSource& source, int repeats);

// One JSON object, with the fields of CoderResult under their names.
std::string to_json(const CoderResult& result);
// With the size beyond Shannon's bound in percent.
TextTable to_table(std::span<const CoderResult> results);

}  // namespace adagrain
