// A coder turns small integers into bytes and back, losslessly. It knows nothing of layers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace adagrain {

// Symbols with the table each one is coded with. `table_of` is empty when there is one table; it is known to
// the decoder before decoding starts.
struct SymbolStream {
  std::uint32_t alphabet = 0;  // symbols are < alphabet <= 65536
  std::span<const std::uint16_t> symbols;
  std::span<const std::uint8_t> table_of;  // [symbol], < tables
  std::uint32_t tables = 1;
};

class EntropyCoder {
 public:
  static constexpr const char* kind = "coder";
  virtual ~EntropyCoder() = default;

  // The stable byte that names it in the container.
  virtual std::uint8_t id() const = 0;

  // Self-delimiting given alphabet, count and tables: tables, coded symbols, final state. Deterministic.
  virtual std::vector<std::uint8_t> encode(const SymbolStream& stream) const = 0;

  // Reads exactly what `encode` wrote from the front of `bytes` into `symbols`; returns how many bytes that
  // was. Throws DataError on anything `encode` cannot have written; never reads outside `bytes` or allocates
  // more than O(alphabet * tables + symbols).
  virtual std::size_t decode(std::span<const std::uint8_t> bytes, std::uint32_t alphabet,
                             std::span<const std::uint8_t> table_of, std::uint32_t tables,
                             std::span<std::uint16_t> symbols) const = 0;
};

}  // namespace adagrain
