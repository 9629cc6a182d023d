// The lower of two levels of coding: a list of small integers into bytes and back, losslessly. It knows
// nothing of layers; that level, and which to use when, is in layer_coder.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace adagrain {

// What both sides know before a stream starts.
struct StreamShape {
  std::uint32_t alphabet = 0;  // symbols are < alphabet, 1..65536
  std::uint32_t tables = 1;    // 1..255 probability tables, one chosen for each symbol
};

// How often each symbol is coded with each table: [table][symbol].
using SymbolCounts = std::vector<std::vector<std::uint32_t>>;

struct EncodedStream {
  std::vector<std::uint8_t> bytes;
  std::uint64_t table_bytes = 0;  // the part of `bytes` that describes the tables
};

class EntropyCoder {
 public:
  static constexpr const char* kind = "entropy coder";
  virtual ~EntropyCoder() = default;

  // Deterministic. A stream does not say where it ends: whoever stores it knows. `table_of` is the table of
  // each symbol; empty: always table 0.
  virtual EncodedStream encode(const StreamShape& shape, std::span<const std::uint16_t> symbols,
                               std::span<const std::uint8_t> table_of) const = 0;

  // Bytes that `encode` takes for symbols so distributed, exact but for the rounding to whole bytes and the
  // last bits of a state: what a choice between tables is made by.
  virtual std::uint64_t price(const SymbolCounts& counts) const = 0;

  // Reads what `encode` wrote, all of `bytes`. Returns the part that described tables. Throws DataError on
  // anything `encode` cannot have written; never reads outside `bytes`, never allocates more than O(alphabet
  // * tables) beyond `symbols`.
  virtual std::uint64_t decode(std::span<const std::uint8_t> bytes, const StreamShape& shape,
                               std::span<const std::uint8_t> table_of,
                               std::span<std::uint16_t> symbols) const = 0;
};

}  // namespace adagrain
