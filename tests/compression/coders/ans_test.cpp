// How near to Shannon's bound the coder comes, and what its tables cost.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/bench/symbol_sources.h"
#include "framework/compression/coders/entropy_coder.h"
#include "framework/compression/coders/frequency_table.h"
#include "framework/compression/integer_log.h"
#include "framework/core/error.h"
#include "framework/core/random.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

// Two-sided geometric around `centre`: the shape of quantised weights.
std::vector<std::uint16_t> laplace(std::size_t count, double decay, int centre, int alphabet) {
  std::vector<std::uint16_t> symbols;
  for (const std::uint8_t byte : draw_symbols(laplace_distribution(decay), count)) {
    const int symbol = centre + static_cast<std::int8_t>(byte);
    symbols.push_back(static_cast<std::uint16_t>(std::clamp(symbol, 0, alphabet - 1)));
  }
  return symbols;
}

double bound_of(const std::vector<std::uint16_t>& symbols) {
  return shannon_bytes<std::uint16_t>(symbols);
}

std::size_t coded_bytes(const std::vector<std::uint16_t>& symbols, std::uint32_t alphabet) {
  return Registry<EntropyCoder>::create("ans")->encode({alphabet, 1}, symbols, {}).bytes.size();
}

TEST(Ans, LongStreamsComeWithinAPercentOfShannon) {
  for (const double decay : {0.01, 0.1, 0.5, 0.8, 0.95}) {
    const auto symbols = laplace(200'000, decay, 60, 121);
    const double bound = bound_of(symbols);
    EXPECT_LT(static_cast<double>(coded_bytes(symbols, 121)), 1.01 * bound + 8) << decay;
    EXPECT_GE(static_cast<double>(coded_bytes(symbols, 121)), bound) << decay;
  }
}

std::vector<std::uint32_t> gauss_counts(double sigma, int symbols, int centre, double total) {
  std::vector<std::uint32_t> counts;
  for (int symbol = 0; symbol < symbols; ++symbol) {
    const double distance = (symbol - centre) / sigma;
    counts.push_back(static_cast<std::uint32_t>(
        std::lround(total * std::exp(-distance * distance / 2) / (sigma * std::sqrt(2 * M_PI)))));
  }
  return counts;
}

// Five bytes say what a table of frequencies takes dozens for.
TEST(FrequencyTables, GaussianSymbolsTakeAFewBytesBeyondTheirEntropy) {
  for (const double sigma : {0.8, 2.0, 8.0, 30.0}) {
    const std::vector<std::uint32_t> counts = gauss_counts(sigma, 201, 100, 3000);
    const FrequencyTable table = fit_table(counts);
    ASSERT_TRUE(table.two_sided);
    EXPECT_EQ(table.two_sided->fall, Fall::gauss);
    std::vector<std::uint16_t> symbols;
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
      symbols.insert(symbols.end(), counts[symbol], static_cast<std::uint16_t>(symbol));
    }
    EXPECT_LT(static_cast<double>(coded_length(table, counts)) / 65536 / 8, 1.01 * bound_of(symbols) + 2)
        << sigma;
  }
}

// By hand: 1 - b = 8 / 16, so that b = 1/2, the first factor is b (1 + b) / 2 = 3/8 and the next ones 3/16,
// 3/32: weights 1, 3/8, 9/128, 27/4096.
TEST(FrequencyTables, AGaussTableIsTheDocumentedOne) {
  BitWriter writer;
  writer.write(1, 1);
  writer.write(6, 3);  // precision 12
  writer.write_golomb(0, 2);
  writer.write_golomb(4, 3);
  writer.write_golomb(0, 3);  // the centre
  writer.write(0, 1);         // not symmetric
  writer.write(0, 8);
  writer.write(0, 8);
  writer.write(128, 8);  // half of what is to be had is the centre's
  const Bytes bytes = writer.take();
  BitReader reader(bytes);
  const FrequencyTable table = read_table(reader, 5);
  const double rest = (4096 - 5) - 2045, sum = 1 + 3.0 / 8 + 9.0 / 128 + 27.0 / 4096;
  const std::vector<std::uint32_t> expected = {0, 1 + static_cast<std::uint32_t>(rest / sum),
                                               1 + static_cast<std::uint32_t>(rest * 3 / 8 / sum),
                                               1 + static_cast<std::uint32_t>(rest * 9 / 128 / sum),
                                               1 + static_cast<std::uint32_t>(rest * 27 / 4096 / sum)};
  for (std::size_t symbol = 1; symbol < 5; ++symbol)
    EXPECT_EQ(table.frequency[symbol], expected[symbol]) << symbol;
}

// By hand: b = 1/2, the first factor is (1 + b) / 2 = 3/4 and the next ones 3/8, 3/16: weights 1, 3/4, 9/32
// on both sides.
TEST(FrequencyTables, ASymmetricTableIsTheDocumentedOne) {
  BitWriter writer;
  writer.write(1, 1);
  writer.write(5, 3);  // Gauss, precision 8
  writer.write_golomb(0, 2);
  writer.write_golomb(4, 3);
  writer.write_golomb(2, 3);  // the centre
  writer.write(1, 1);         // symmetric
  writer.write(0, 8);
  EXPECT_EQ(writer.size_bits(), 4u + 3 + 4 + 4 + 1 + 8);
  const Bytes bytes = writer.take();
  BitReader reader(bytes);
  const FrequencyTable table = read_table(reader, 5);
  // Of 251: 251 * 3/4 / (49/16) = 61.5, 251 * 9/32 / (49/16) = 23.1, and the centre has what is left.
  EXPECT_EQ(table.frequency, (std::vector<std::uint32_t>{24, 62, 84, 62, 24}));
}

TEST(FrequencyTables, AnExplicitTableOfAnUnknownPrecisionIsADataError) {
  const Bytes bytes = {0b1010, 0, 0};
  BitReader reader(bytes);
  EXPECT_THROW(read_table(reader, 200), DataError);
}

// The state and a described distribution: what a layer of a few hundred weights pays on top.
TEST(Ans, ShortStreamsPayAFewBytesForTheirTable) {
  for (const std::size_t count : {100, 500, 2000}) {
    const auto symbols = laplace(count, 0.6, 20, 41);
    EXPECT_LT(static_cast<double>(coded_bytes(symbols, 41)), 1.06 * bound_of(symbols) + 14) << count;
  }
}

TEST(Ans, ASingleSymbolCostsNothingBesideItsTable) {
  EXPECT_LE(coded_bytes(std::vector<std::uint16_t>(1'000'000, 17), 31), 8u);
}

TEST(Ans, TablesOfTheirOwnPayForStreamsThatDiffer) {
  std::vector<std::uint16_t> symbols = laplace(20'000, 0.2, 30, 61);
  const auto wide = laplace(20'000, 0.9, 30, 61);
  symbols.insert(symbols.end(), wide.begin(), wide.end());
  const auto coder = Registry<EntropyCoder>::create("ans");
  std::vector<std::uint8_t> halves(20'000, 0);
  halves.resize(40'000, 1);
  EXPECT_LT(coder->encode({61, 2}, symbols, halves).bytes.size(), coded_bytes(symbols, 61) * 95 / 100);
}

TEST(FrequencyTables, AddUpAndComeBackFromTheirDescription) {
  RandomStream random(2, "tables");
  for (int round = 0; round < 300; ++round) {
    const auto alphabet = static_cast<std::uint32_t>(1 + random.below(round % 10 == 0 ? 5000 : 200));
    std::vector<std::uint32_t> counts(alphabet);
    for (auto& count : counts) {
      if (random.below(3) != 0)
        count = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << random.below(20)));
    }
    counts[random.below(alphabet)] = 1;
    const FrequencyTable table = fit_table(counts);
    std::uint64_t sum = 0;
    for (const std::uint32_t frequency : table.frequency) sum += frequency;
    ASSERT_EQ(sum, std::uint64_t{1} << table.precision);
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
      if (counts[symbol] == 0) continue;
      ASSERT_TRUE(symbol >= table.first && symbol < table.first + table.frequency.size());
      ASSERT_GT(table.frequency[symbol - table.first], 0u);
    }
    BitWriter writer;
    write_table(writer, table);
    const std::vector<std::uint8_t> bytes = writer.take();
    BitReader reader(bytes);
    const FrequencyTable read = read_table(reader, alphabet);
    EXPECT_EQ(reader.finish(), bytes.size());
    EXPECT_EQ(read.precision, table.precision);
    EXPECT_EQ(read.first, table.first);
    EXPECT_EQ(read.frequency, table.frequency);
  }
}

TEST(BitStream, GolombCodesOfEveryOrderComeBack) {
  const std::vector<std::uint32_t> values = {0, 1, 2, 3, 7, 8, 100, 65'535, 1u << 20};
  for (int order = 0; order < 12; ++order) {
    BitWriter writer;
    for (const std::uint32_t value : values) writer.write_golomb(value, order);
    const std::vector<std::uint8_t> bytes = writer.take();
    BitReader reader(bytes);
    for (const std::uint32_t value : values) EXPECT_EQ(reader.read_golomb(order), value) << order;
    EXPECT_EQ(reader.finish(), bytes.size());
  }
}

TEST(BitStream, AnEndlessNumberIsADataError) {
  const std::vector<std::uint8_t> zeros(64);
  BitReader reader(zeros);
  EXPECT_THROW(reader.read_golomb(0), DataError);
}

TEST(IntegerLog, IsTheLogarithmToSixteenBits) {
  EXPECT_EQ(fixed_log2(1), 0u);
  EXPECT_EQ(fixed_log2(2), 1u << 16);
  EXPECT_EQ(fixed_log2(1u << 31), 31u << 16);
  for (const std::uint32_t value : {3u, 5u, 1000u, 65'535u, 4'000'000'000u}) {
    EXPECT_NEAR(fixed_log2(value) / 65536.0, std::log2(value), 1.0 / 65536) << value;
  }
}

}  // namespace
}  // namespace adagrain
