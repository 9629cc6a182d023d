// The row of lanes in C++ against the coder of lanes, without the row's Verilog.
#include "framework/hardware/units/interleaved_decoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/compression/coders/lanes/lane_coder.h"
#include "framework/core/error.h"
#include "framework/core/random.h"

namespace adagrain {
namespace {

constexpr InterleavedRates kFull{{1, 1}, {1, 1}};

struct Chunk {
  Bytes symbols, stream;
  std::span<const std::uint8_t> bytes;  // of the stream's only chunk
  ChunkParts parts;

  Chunk(std::size_t count, double width) {
    RandomStream random(count, "lanes");
    for (std::size_t i = 0; i < count; ++i)
      symbols.push_back(static_cast<std::uint8_t>(std::lround(100 + width * random.normal())));
    stream = encode_lanes(symbols, LanePrecision::precise);
    bytes = LaneChunks(stream, count).bytes(0);
    parts = read_chunk_parts(bytes, LanePrecision::precise, count);
  }
};

TEST(InterleavedDecoder, DecodesWhatTheCoderWrote) {
  std::set<std::size_t> lanes;
  bool planes = false, escapes = false, prefix = false;
  for (const std::size_t count : {1u, 7u, 300u, 3001u, 9000u, 20001u, 90000u, 700000u}) {
    for (const double width : {0.4, 2.0, 9.0, 25.0}) {
      const Chunk chunk(count, width);
      Bytes symbols(count);
      decode_interleaved(chunk.bytes, kFull, symbols);
      EXPECT_EQ(symbols, chunk.symbols) << count << " symbols of width " << width;
      if (chunk.parts.stored) continue;
      lanes.insert(chunk.parts.lanes);
      planes |= chunk.parts.raw_bits > 0;
      escapes |= chunk.parts.escapes > 0;
      prefix |= chunk.parts.prefix > 0;
    }
  }
  EXPECT_GE(lanes.size(), 7u);
  EXPECT_TRUE(planes && escapes && prefix);
}

TEST(InterleavedDecoder, ARateChangesCyclesAlone) {
  const Chunk chunk(20001, 2.0);
  std::uint64_t before = 0;
  for (const InputRate rate : {InputRate{1, 1}, {1, 2}, {1, 8}, {1, 32}}) {
    Bytes symbols(chunk.symbols.size());
    const InterleavedRun run = decode_interleaved(chunk.bytes, {rate, rate}, symbols);
    EXPECT_EQ(symbols, chunk.symbols);
    EXPECT_GE(run.chunk.cycles, before);
    EXPECT_GE(run.chunk.cycles, (run.chunk.words - 1) * rate.cycles);
    before = run.chunk.cycles;
  }
}

TEST(InterleavedDecoder, EightLanesTakeARowACycle) {
  const Chunk chunk(20001, 2.0);
  ASSERT_GE(chunk.parts.lanes, 8u);
  Bytes symbols(chunk.symbols.size());
  const InterleavedRun run = decode_interleaved(chunk.bytes, kFull, symbols);
  const std::uint64_t rows = (chunk.symbols.size() + 7) / 8;
  EXPECT_GE(run.chunk.cycles, rows);
  // States, the prefix, and what reading either begins with.
  EXPECT_LE(run.chunk.cycles,
            rows + chunk.parts.lanes * 9 / 8 + chunk.parts.prefix + chunk.parts.escapes + 12);
}

TEST(InterleavedDecoder, RefusesEveryDamageOrDecodesIt) {
  const Chunk chunk(9000, 2.0);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < chunk.bytes.size(); at += 7) {
    Bytes damaged(chunk.bytes.begin(), chunk.bytes.end()), symbols(chunk.symbols.size());
    damaged[at] ^= 0x10;
    try {
      decode_interleaved(damaged, kFull, symbols);
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, chunk.bytes.size() / 8);
  Bytes symbols(chunk.symbols.size());
  EXPECT_THROW(decode_interleaved(chunk.bytes.first(chunk.bytes.size() - 2), kFull, symbols), DataError);
}

}  // namespace
}  // namespace adagrain
