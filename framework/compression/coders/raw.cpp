// No entropy coding: every symbol in bit_width(alphabet - 1) bits. What a scheme without `ans` stores.
#include <algorithm>
#include <bit>

#include "framework/compression/coders/bit_stream.h"
#include "framework/compression/coders/entropy_coder.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class Raw : public EntropyCoder {
 public:
  EncodedStream encode(const StreamShape& shape, std::span<const std::uint16_t> symbols,
                       std::span<const std::uint8_t>) const override {
    const int width = std::bit_width(shape.alphabet - 1);
    if (width == 8) return {{symbols.begin(), symbols.end()}, 0};  // symbols are bytes as they are
    BitWriter writer;
    for (const std::uint16_t symbol : symbols) writer.write(symbol, width);
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

  std::uint64_t decode(std::span<const std::uint8_t> bytes, const StreamShape& shape,
                       std::span<const std::uint8_t>, std::span<std::uint16_t> symbols) const override {
    const int width = std::bit_width(shape.alphabet - 1);
    if (width == 8) {
      require<DataError>(bytes.size() == symbols.size(), "raw: {} bytes for {} symbols", bytes.size(),
                         symbols.size());
      std::copy(bytes.begin(), bytes.end(), symbols.begin());
    } else {
      BitReader reader(bytes);
      for (std::uint16_t& symbol : symbols) symbol = static_cast<std::uint16_t>(reader.read(width));
      const std::size_t taken = reader.finish();
      require<DataError>(taken == bytes.size(), "raw: {} bytes too many", bytes.size() - taken);
    }
    const std::uint32_t largest = symbols.empty() ? 0 : *std::max_element(symbols.begin(), symbols.end());
    require<DataError>(largest < shape.alphabet, "raw: symbol is {}; allowed 0..{}", largest,
                       shape.alphabet - 1);
    return 0;
  }
};

const bool registered =
    Registry<EntropyCoder>::add("raw", "fixed-width symbols", [] { return std::make_unique<Raw>(); });

}  // namespace
}  // namespace adagrain
