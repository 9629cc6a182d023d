// Round trips of every profile and instruction set, one against the other, and what bytes from anywhere do.
#include "framework/compression/coders/lanes/lane_coder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "framework/bench/symbol_sources.h"
#include "framework/compression/coders/lanes/coarse_fit.h"
#include "framework/core/error.h"

namespace adagrain {
namespace {

// Two-sided geometric around `centre`, modulo 256.
Bytes laplace(std::size_t count, double decay, int centre = 0) {
  Bytes symbols = draw_symbols(laplace_distribution(decay), count);
  for (auto& symbol : symbols) symbol = static_cast<std::uint8_t>(symbol + centre);
  return symbols;
}

Bytes noise(std::size_t count) {
  Distribution uniform;
  uniform.fill(1.0 / 256);
  return draw_symbols(uniform, count);
}

// Every count around the sizes of a block, a row, a tile, every number of lanes; sources from constant to
// incompressible.
std::vector<Bytes> sources() {
  std::vector<Bytes> all;
  for (const std::size_t count :
       {0U, 1U, 2U, 63U, 64U, 65U, 255U, 257U, 1'000U, 16'383U, 16'385U, 40'001U, 90'001U, 300'001U})
    for (const double decay : {0.0, 0.05, 0.6, 0.93}) all.push_back(laplace(count, decay, 200));
  for (const double decay : {0.7, 0.9, 0.96}) all.push_back(laplace(700'001, decay));  // all 256 lanes
  all.push_back(noise(70'000));
  Bytes rare = laplace(2'000'003, 0.1);
  rare[777] = 100;  // in no sampled run
  rare[1'999'999] = 131;
  all.push_back(rare);
  Bytes late(600'000, 7);  // what is sampled is constant, the rest is not
  late[777] = 9;
  all.push_back(late);
  return all;
}

class LaneCoder : public testing::TestWithParam<LanePrecision> {};

TEST_P(LaneCoder, ThreadsMakeAndReadTheSameBytes) {
  const Bytes symbols = laplace(2 * kLaneChunkSymbols + 12'345, 0.5);
  const Bytes encoded = encode_lanes(symbols, GetParam(), 3);
  EXPECT_EQ(encoded, encode_lanes(symbols, GetParam(), 1));
  Bytes decoded(symbols.size());
  decode_lanes(encoded, decoded, 3);
  EXPECT_EQ(decoded, symbols);
}

TEST_P(LaneCoder, AnyChunkDecodesAloneAndDamageStaysInItsOwn) {
  const Bytes symbols = laplace(2 * kLaneChunkSymbols + 12'345, 0.5);
  Bytes encoded = encode_lanes(symbols, GetParam());
  encoded[encoded.size() / 2] ^= 16;  // in the middle chunk
  const LaneChunks chunks(encoded, symbols.size());
  ASSERT_EQ(chunks.count(), 3u);
  for (const std::size_t i : {2u, 0u, 1u}) {
    Bytes decoded(chunks.begin(i + 1) - chunks.begin(i));
    const auto expected = std::span(symbols).subspan(chunks.begin(i), decoded.size());
    try {
      chunks.decode(i, decoded);
      EXPECT_EQ(std::equal(decoded.begin(), decoded.end(), expected.begin()), i != 1) << i;
    } catch (const DataError&) {
      EXPECT_EQ(i, 1u);
    }
  }
  EXPECT_EQ(chunks.begin(3), symbols.size());
  EXPECT_THROW(LaneChunks(encoded, 3 * kLaneChunkSymbols + 1), DataError);
  EXPECT_THROW(LaneChunks(std::span(encoded).first(encoded.size() - 1), symbols.size()), DataError);
}

TEST_P(LaneCoder, ComesNearShannonsBound) {
  const bool fast = GetParam() == LanePrecision::fast;
  const auto expect_near = [&](std::size_t symbols, double dense, double sparse) {
    for (const SymbolSource& source : generated_sources(symbols, 1)) {
      const double bound = shannon_bytes<std::uint8_t>(source.symbols);
      const double size = static_cast<double>(encode_lanes(source.symbols, GetParam()).size());
      EXPECT_LT(size, bound * (source.name.starts_with("sparse") ? sparse : dense)) << source.name;
      EXPECT_GT(size, bound) << source.name;
    }
  };
  expect_near(std::size_t{1} << 22, fast ? 1.005 : 1.003, fast ? 1.012 : 1.004);
  expect_near(std::size_t{1} << 17, fast ? 1.011 : 1.004,
              fast ? 1.023 : 1.01);  // tables and states weigh more
}

TEST_P(LaneCoder, WhatCannotBeCompressedGrowsByAFewBytes) {
  const Bytes symbols = noise(100'000);
  EXPECT_LE(encode_lanes(symbols, GetParam()).size(), symbols.size() + 6);
}

INSTANTIATE_TEST_SUITE_P(Profiles, LaneCoder, testing::Values(LanePrecision::fast, LanePrecision::precise),
                         [](const auto& profile) {
                           return profile.param == LanePrecision::fast ? "fast" : "precise";
                         });

// Each instruction set against the scalar kernels.
class LaneKernels : public testing::TestWithParam<std::tuple<LanePrecision, Isa>> {
 protected:
  void SetUp() override {
    const auto isas = available_isas();
    if (std::find(isas.begin(), isas.end(), isa) == isas.end())
      GTEST_SKIP() << "this processor has no " << name_of(isa);
  }

  // Nothing where the bytes are refused.
  static std::optional<Bytes> decoded(const Bytes& bytes, std::size_t count, Isa with) {
    Bytes symbols(count, 0xAA);
    try {
      decode_lanes(bytes, symbols, 1, with);
    } catch (const DataError&) {
      return {};
    }
    return symbols;
  }

  const LanePrecision profile = std::get<0>(GetParam());
  const Isa isa = std::get<1>(GetParam());
};

TEST_P(LaneKernels, MakeAndReadTheSameBytes) {
  for (const Bytes& symbols : sources()) {
    SCOPED_TRACE(std::to_string(symbols.size()) + " symbols");
    const Bytes bytes = encode_lanes(symbols, profile, 1, Isa::scalar);
    EXPECT_EQ(encode_lanes(symbols, profile, 1, isa), bytes);
    EXPECT_EQ(decoded(bytes, symbols.size(), isa), symbols);
  }
}

TEST_P(LaneKernels, RefuseATruncatedStream) {
  for (const std::size_t count : {100U, 20'000U, 40'000U, 90'000U, 600'000U}) {
    const Bytes encoded = encode_lanes(laplace(count, 0.7), profile);
    for (std::size_t size = 0; size < encoded.size(); size += 1 + encoded.size() / 97) {
      const Bytes cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(decoded(cut, count, isa)) << size;
    }
  }
}

// One escape is taken from the list of twenty, in chunks of all numbers of lanes.
TEST_P(LaneKernels, RefuseTooFewEscapes) {
  for (std::size_t count = 2'000; count <= 1'024'000; count *= 2) {
    SCOPED_TRACE(std::to_string(count) + " symbols");
    Bytes symbols = noise(count);
    for (auto& symbol : symbols) symbol &= symbol >> 4;  // 0..15, not equally likely
    for (std::size_t i = 0; i < 20; ++i) symbols[i * (count / 20)] = static_cast<std::uint8_t>(126 + i);
    const Bytes encoded = encode_lanes(symbols, profile);
    ASSERT_EQ(decoded(encoded, count, isa), symbols);
    ByteReader reader(std::span{encoded}.subspan(1), "test");
    reader.varint();
    Bytes chunk(reader.rest().begin(), reader.rest().end());
    const Bytes numbers = {20, 20};  // escapes, bytes of their list
    const auto at = std::search(chunk.begin(), chunk.end(), numbers.begin(), numbers.end());
    ASSERT_NE(at, chunk.end());
    at[0] = at[1] = 19;
    chunk.erase(at + 2);
    Bytes hurt = {encoded[0]};
    append_varint(hurt, chunk.size());
    hurt.insert(hurt.end(), chunk.begin(), chunk.end());
    EXPECT_FALSE(decoded(hurt, count, isa));
  }
}

TEST_P(LaneKernels, AgreeOnWhatAFlippedBitMeans) {
  // 1 lane, 4, 8, 16, 32, all of them, or about as many.
  for (const std::size_t count : {500U, 5'000U, 20'000U, 40'000U, 90'000U, 700'000U}) {
    const Bytes encoded = encode_lanes(laplace(count, 0.7), profile);
    for (std::size_t bit = 0; bit < 8 * encoded.size(); bit += 1 + bit / 10) {
      Bytes hurt = encoded;
      hurt[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_EQ(decoded(hurt, count, isa), decoded(hurt, count, Isa::scalar)) << bit;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, LaneKernels,
                         testing::Combine(testing::Values(LanePrecision::fast, LanePrecision::precise),
                                          testing::Values(Isa::scalar, Isa::avx2, Isa::avx512)),
                         [](const auto& parameter) {
                           const bool fast = std::get<0>(parameter.param) == LanePrecision::fast;
                           return (fast ? "fast_" : "precise_") +
                                  std::string(name_of(std::get<1>(parameter.param)));
                         });

// The bytes that STREAMS.md takes apart.
TEST(LaneStream, TheDocumentedExample) {
  Bytes symbols(24);
  symbols[2] = 1;
  symbols[9] = 255;
  symbols[17] = 3;
  const Bytes expected = {0x01, 0x0B, 0x00, 0xE2, 0x85, 0x21, 0xE7, 0x08, 0x8F, 0xFA, 0x10, 0x98, 0x17};
  EXPECT_EQ(encode_lanes(symbols, LanePrecision::precise), expected);
  Bytes decoded(symbols.size());
  decode_lanes(expected, decoded);
  EXPECT_EQ(decoded, symbols);
}

TEST(LaneTables, EverySlotIsOneOccurrenceOfOneSymbol) {
  std::array<std::uint32_t, kCoarseSymbols> frequencies{};
  frequencies[3] = 3000;
  frequencies[4] = 1;
  frequencies[17] = 1000;
  frequencies[60] = 64;
  frequencies[63] = 31;
  const PreciseEncodeTables encoding(frequencies);
  const PreciseDecodeTables decoding(frequencies);
  std::vector<std::vector<bool>> seen(kCoarseSymbols);
  for (std::size_t symbol = 0; symbol < kCoarseSymbols; ++symbol) seen[symbol].resize(frequencies[symbol]);
  for (std::uint32_t slot = 0; slot < 4096; ++slot) {
    const std::uint32_t bucket = slot / 64, place = slot % 64, share = decoding.bucket[bucket] & 255;
    const std::uint32_t symbol = place < share ? bucket : decoding.bucket[bucket] >> 8;
    const std::uint32_t occurrence = (place + (place < share ? 0 : decoding.adjust[bucket])) & 0xFFFF;
    ASSERT_LT(occurrence, frequencies[symbol]) << slot;
    EXPECT_FALSE(seen[symbol][occurrence]) << slot;
    seen[symbol][occurrence] = true;
    EXPECT_EQ(encoding.slot_of(encoding.start[symbol] + occurrence), slot);
    EXPECT_EQ(decoding.slots[slot].symbol(), symbol);
    EXPECT_EQ(decoding.slots[slot].occurrence(), occurrence);
    EXPECT_EQ(decoding.slots[slot].frequency(), frequencies[symbol]);
  }
  for (std::uint32_t symbol = 0; symbol < kCoarseSymbols; ++symbol) {
    const std::uint32_t own = std::min(64U, frequencies[symbol]);
    for (std::uint32_t occurrence = own + 1; occurrence < frequencies[symbol]; ++occurrence) {
      const std::uint32_t place = encoding.start[symbol] + occurrence;
      EXPECT_LT(encoding.slot_of(place - 1), encoding.slot_of(place)) << symbol;
    }
  }
}

// For every state that encoding a symbol can meet: the extremes of each quotient.
TEST(LaneTables, TheReciprocalDivides) {
  for (std::uint32_t frequency = 1; frequency <= 4096; ++frequency) {
    std::array<std::uint32_t, kCoarseSymbols> frequencies{};
    frequencies[5] = frequency;
    frequencies[6] = 4096 - frequency;
    const std::uint64_t reciprocal = PreciseEncodeTables(frequencies).code[5].reciprocal;
    for (std::uint64_t quotient = 1; quotient < 65'536; quotient += 1 + quotient / 7) {
      const std::uint64_t x = quotient * frequency;
      ASSERT_EQ(x * reciprocal >> 40, quotient) << frequency;
      ASSERT_EQ((x + frequency - 1) * reciprocal >> 40, quotient) << frequency;
    }
    const std::uint64_t highest = (std::uint64_t{frequency} << 16) - 1;
    ASSERT_EQ(highest * reciprocal >> 40, 65'535u) << frequency;
  }
}

TEST(Isa, OneIsNamedOrTheFastestIsTaken) {
  EXPECT_EQ(isa_named("scalar"), Isa::scalar);
  EXPECT_EQ(isa_named(""), available_isas().back());
  EXPECT_THROW(isa_named("altivec"), ConfigError);
}

}  // namespace
}  // namespace adagrain
