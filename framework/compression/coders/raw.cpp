// No entropy coding: every symbol in bit_width(alphabet - 1) bits. What a scheme without `ans` stores.
#include <bit>

#include "framework/compression/coders/bit_stream.h"
#include "framework/compression/coders/entropy_coder.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class Raw : public EntropyCoder {
 public:
  EncodedStream encode(const StreamShape& shape, std::span<const std::uint16_t> symbols,
                       const TableSelector&) const override {
    BitWriter writer;
    for (const std::uint16_t symbol : symbols) writer.write(symbol, std::bit_width(shape.alphabet - 1));
    return {writer.take(), 0};
  }

  std::uint64_t price(const SymbolCounts& counts) const override {
    std::uint64_t symbols = 0, alphabet = 1;
    for (const auto& table : counts) {
      for (const std::uint32_t count : table) symbols += count;
      alphabet = table.size();
    }
    return (symbols * static_cast<std::uint64_t>(std::bit_width(alphabet - 1)) + 7) / 8;
  }

  std::uint64_t decode(std::span<const std::uint8_t> bytes, const StreamShape& shape, const TableSelector&,
                       std::span<std::uint16_t> symbols) const override {
    BitReader reader(bytes);
    for (std::uint16_t& symbol : symbols) {
      const std::uint32_t value = reader.read(std::bit_width(shape.alphabet - 1));
      require<DataError>(value < shape.alphabet, "raw: symbol is {}; allowed 0..{}", value,
                         shape.alphabet - 1);
      symbol = static_cast<std::uint16_t>(value);
    }
    const std::size_t taken = reader.finish();
    require<DataError>(taken == bytes.size(), "raw: {} bytes too many", bytes.size() - taken);
    return 0;
  }
};

const bool registered =
    Registry<EntropyCoder>::add("raw", "fixed-width symbols", [] { return std::make_unique<Raw>(); });

}  // namespace
}  // namespace adagrain
