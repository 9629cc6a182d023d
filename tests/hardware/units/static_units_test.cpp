// The units that decode what the coders `ans` and `raw` write, without their Verilog: that symbols are the
// coder's, and cycles what the units' descriptions promise.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/compression/coders/static_tables.h"
#include "framework/core/error.h"
#include "framework/core/random.h"
#include "framework/core/registry.h"
#include "framework/hardware/units/fixed_width_unpacker.h"
#include "framework/hardware/units/static_lane.h"

namespace adagrain {
namespace {

constexpr InputRate kFull{1, 1};
constexpr InputRate kRates[] = {{1, 1}, {2, 3}, {1, 2}, {1, 8}, {1, 40}};

// Symbols about the middle of an alphabet, with two tables where asked for.
struct Sample {
  StreamShape shape;
  std::vector<std::uint16_t> symbols;
  std::vector<std::uint8_t> table_of;
};
Sample sample(std::uint32_t alphabet, std::size_t count, std::uint32_t tables = 1) {
  RandomStream random(alphabet * 1000 + count, "units");
  Sample made{{alphabet, tables}, {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    const double middle = (alphabet - 1) / 2.0, drawn = middle + random.normal() * alphabet / 7.0;
    made.symbols.push_back(static_cast<std::uint16_t>(std::lround(std::clamp(drawn, 0.0, alphabet - 1.0))));
    if (tables > 1) made.table_of.push_back(static_cast<std::uint8_t>(random.below(tables)));
  }
  return made;
}

struct Coded {
  std::vector<std::uint8_t> bytes;
  std::vector<SlotTable> slots;
  std::span<const std::uint8_t> code;

  explicit Coded(const Sample& sample)
      : bytes(Registry<EntropyCoder>::create("ans")
                  ->encode(sample.shape, sample.symbols, sample.table_of)
                  .bytes) {
    const StaticTables read = read_static_tables(bytes, sample.shape);
    for (const auto& table : read.tables) slots.push_back(table ? slot_table(*table) : SlotTable{});
    code = std::span(bytes).subspan(read.bytes);
  }
};

TEST(StaticLane, DecodesWhatTheCoderWroteAtEveryRate) {
  for (const std::uint32_t alphabet : {2u, 3u, 15u, 255u, 4000u}) {
    for (const std::uint32_t tables : {1u, 3u}) {
      const Sample made = sample(alphabet, 3000, tables);
      const Coded coded(made);
      for (const InputRate rate : kRates) {
        std::vector<std::uint16_t> symbols(made.symbols.size());
        decode_static(coded.slots, coded.code, made.table_of, rate, symbols);
        EXPECT_EQ(symbols, made.symbols) << alphabet << " symbols, " << tables << " tables";
      }
    }
  }
}

TEST(StaticLane, TakesASymbolACycleAndWhatItIsStarved) {
  for (const std::size_t count : {1u, 2u, 50u, 5000u}) {
    const Sample made = sample(16, count);
    const Coded coded(made);
    for (const InputRate rate : kRates) {
      std::vector<std::uint16_t> symbols(count);
      const UnitCycles run = decode_static(coded.slots, coded.code, {}, rate, symbols);
      const std::uint64_t filling = run.cycles - run.starved - count;  // cycles that append bytes alone
      EXPECT_GE(filling, 1u);
      EXPECT_LE(filling, 2u);
      EXPECT_EQ(run.words, (coded.code.size() + 7) / 8);
      EXPECT_GE(run.cycles, (run.words - 1) * rate.cycles / rate.words);
    }
  }
}

TEST(StaticLane, IsNotStarvedAtAWordACycle) {
  const Sample made = sample(4000, 2000);
  const Coded coded(made);
  std::vector<std::uint16_t> symbols(made.symbols.size());
  // Cycle 0 waits for the first word; two more fill the state.
  EXPECT_EQ(decode_static(coded.slots, coded.code, {}, kFull, symbols).cycles, made.symbols.size() + 3);
}

TEST(StaticLane, SymbolBySymbolIsTheSameAsInBulk) {
  const Sample made = sample(16, 700, 3);
  const Coded coded(made);
  std::vector<std::uint16_t> bulk(made.symbols.size());
  const UnitCycles run = decode_static(coded.slots, coded.code, made.table_of, {1, 16}, bulk);
  StaticLane lane(coded.slots, coded.code, {1, 16});
  for (std::size_t i = 0; i < bulk.size(); ++i) EXPECT_EQ(lane.decode(made.table_of[i]), bulk[i]);
  EXPECT_EQ(lane.cycles().cycles, run.cycles);
}

TEST(StaticLane, RefusesCodeThatIsDamagedOrShort) {
  const Sample made = sample(16, 400);
  const Coded coded(made);
  std::vector<std::uint8_t> code(coded.code.begin(), coded.code.end());
  std::vector<std::uint16_t> symbols(made.symbols.size());
  EXPECT_THROW(decode_static(coded.slots, std::span(code).first(code.size() - 1), {}, kFull, symbols),
               DataError);
  EXPECT_THROW(decode_static(coded.slots, {}, {}, kFull, symbols), DataError);
  code[code.size() / 2] ^= 1;
  EXPECT_THROW(decode_static(coded.slots, code, {}, kFull, symbols), DataError);
}

TEST(FixedWidthUnpacker, UnpacksWhatTheCoderPackedAtEveryWidthAndRate) {
  for (std::uint32_t width = 0; width <= 16; ++width) {
    const Sample made = sample(1u << width, 333);
    const auto bytes = Registry<EntropyCoder>::create("raw")->encode(made.shape, made.symbols, {}).bytes;
    for (const InputRate rate : kRates) {
      std::vector<std::uint16_t> symbols(made.symbols.size());
      const UnitCycles run = unpack_fixed_width(bytes, made.shape.alphabet, rate, symbols);
      EXPECT_EQ(symbols, made.symbols) << width << " bits";
      EXPECT_EQ(run.words, (bytes.size() + 7) / 8);
    }
  }
}

TEST(FixedWidthUnpacker, LeavesEightSymbolsACycleUpToEightBits) {
  for (std::uint32_t width = 1; width <= 16; ++width) {
    const Sample made = sample(1u << width, 800);
    const auto bytes = Registry<EntropyCoder>::create("raw")->encode(made.shape, made.symbols, {}).bytes;
    std::vector<std::uint16_t> symbols(made.symbols.size());
    EXPECT_EQ(unpack_fixed_width(bytes, made.shape.alphabet, kFull, symbols).cycles,
              (width <= 8 ? 100u : 200u) + 1)
        << width << " bits";
  }
}

TEST(FixedWidthUnpacker, RefusesAnotherNumberOfBytes) {
  const std::vector<std::uint8_t> bytes(10);
  std::vector<std::uint16_t> symbols(21);
  EXPECT_THROW(unpack_fixed_width(bytes, 16, kFull, symbols), DataError);
  symbols.resize(18);
  EXPECT_THROW(unpack_fixed_width(bytes, 16, kFull, symbols), DataError);
}

}  // namespace
}  // namespace adagrain
