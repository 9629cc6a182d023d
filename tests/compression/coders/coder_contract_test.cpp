// Every registered coder keeps the promise of entropy_coder.h: exact round trips over all shapes of streams,
// and no harm from bytes it never wrote.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "framework/compression/coders/entropy_coder.h"
#include "framework/core/error.h"
#include "framework/core/random.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

using Symbols = std::vector<std::uint16_t>;

struct Stream {
  std::string name;
  StreamShape shape;
  Symbols symbols;
};

// Symbols below `alphabet` that crowd around its middle: the sum of a few uniform ones.
Symbols crowded(std::uint32_t alphabet, std::size_t count, RandomStream& random) {
  Symbols symbols(count);
  for (auto& symbol : symbols) {
    const std::uint64_t sum = random.below(alphabet) + random.below(alphabet) + random.below(alphabet);
    symbol = static_cast<std::uint16_t>(sum / 3);
  }
  return symbols;
}

std::vector<Stream> streams() {
  RandomStream random(1, "coder contract");
  std::vector<Stream> all;
  for (const std::uint32_t alphabet : {1u, 2u, 3u, 16u, 255u, 256u, 257u, 4096u, 65536u}) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{1000}}) {
      const std::string size = std::to_string(count) + " of " + std::to_string(alphabet);
      all.push_back({"crowded " + size, {alphabet, 1}, crowded(alphabet, count, random)});
      Symbols uniform(count);
      for (auto& symbol : uniform) symbol = static_cast<std::uint16_t>(random.below(alphabet));
      all.push_back({"uniform " + size, {alphabet, 1}, uniform});
      all.push_back(
          {"last only " + size, {alphabet, 1}, Symbols(count, static_cast<std::uint16_t>(alphabet - 1))});
    }
  }
  Symbols rare(20'000, 3);
  rare[7] = 0;
  rare[19'999] = 254;
  all.push_back({"two rare ones", {255, 1}, rare});
  all.push_back({"five tables", {64, 5}, crowded(64, 5000, random)});
  all.push_back({"many tables for few symbols", {16, 255}, crowded(16, 9, random)});
  return all;
}

// The table of each symbol: one that depends on the symbol before.
std::vector<std::uint8_t> tables_of(const Stream& stream) {
  const std::uint32_t tables = stream.shape.tables;
  std::vector<std::uint8_t> chosen;
  for (std::size_t i = 0; tables > 1 && i < stream.symbols.size(); ++i) {
    chosen.push_back(static_cast<std::uint8_t>(i == 0 ? tables - 1 : stream.symbols[i - 1] % tables));
  }
  return chosen;
}

class CoderContract : public testing::TestWithParam<std::string> {
 protected:
  const std::unique_ptr<EntropyCoder> coder = Registry<EntropyCoder>::create(GetParam());

  EncodedStream encode(const Stream& stream) const {
    return coder->encode(stream.shape, stream.symbols, tables_of(stream));
  }

  // What bytes that are not the stream's say: nothing, or symbols of the alphabet.
  std::optional<Symbols> decode_altered(const Stream& stream, std::span<const std::uint8_t> bytes) const {
    Symbols decoded(stream.symbols.size());
    try {
      coder->decode(bytes, stream.shape, tables_of(stream), decoded);
    } catch (const DataError&) {
      return std::nullopt;
    }
    for (const std::uint16_t symbol : decoded) EXPECT_LT(symbol, stream.shape.alphabet);
    return decoded;
  }
};

TEST_P(CoderContract, WhatIsDecodedIsWhatWasEncoded) {
  for (const Stream& stream : streams()) {
    SCOPED_TRACE(stream.name);
    const EncodedStream encoded = encode(stream);
    Symbols decoded(stream.symbols.size());
    const std::uint64_t table_bytes = coder->decode(encoded.bytes, stream.shape, tables_of(stream), decoded);
    EXPECT_EQ(decoded, stream.symbols);
    EXPECT_EQ(table_bytes, encoded.table_bytes);
    EXPECT_LE(encoded.table_bytes, encoded.bytes.size());
  }
}

TEST_P(CoderContract, BytesTooManyAreADataErrorOrOtherSymbols) {
  for (const Stream& stream : streams()) {
    SCOPED_TRACE(stream.name);
    EncodedStream encoded = encode(stream);
    encoded.bytes.insert(encoded.bytes.end(), {0xFF, 0x00, 0xAA});
    EXPECT_NE(decode_altered(stream, encoded.bytes), stream.symbols);
  }
}

TEST_P(CoderContract, EncodingTwiceGivesTheSameBytes) {
  for (const Stream& stream : streams()) EXPECT_EQ(encode(stream).bytes, encode(stream).bytes) << stream.name;
}

TEST_P(CoderContract, ATruncationIsADataErrorOrOtherSymbols) {
  for (const Stream& stream : streams()) {
    SCOPED_TRACE(stream.name);
    const EncodedStream encoded = encode(stream);
    const std::size_t stride = std::max<std::size_t>(1, encoded.bytes.size() / 64);
    for (std::size_t size = 0; size < encoded.bytes.size(); size += stride) {
      EXPECT_NE(decode_altered(stream, std::span(encoded.bytes).first(size)), stream.symbols) << size;
    }
  }
}

TEST_P(CoderContract, AFlippedBitIsADataErrorOrSymbolsOfTheAlphabet) {
  for (const Stream& stream : streams()) {
    if (stream.symbols.size() > 1000 || stream.shape.alphabet > 4096) continue;
    SCOPED_TRACE(stream.name);
    std::vector<std::uint8_t> bytes = encode(stream).bytes;
    const std::size_t stride = std::max<std::size_t>(1, bytes.size() * 8 / 200);
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += stride) {
      const auto mask = static_cast<std::uint8_t>(1u << bit % 8);
      bytes[bit / 8] ^= mask;
      decode_altered(stream, bytes);
      bytes[bit / 8] ^= mask;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, CoderContract, testing::ValuesIn(Registry<EntropyCoder>::names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace adagrain
