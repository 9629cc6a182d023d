// The peer must be a fair one: exact, and as near to the entropy as context coding comes.
#include "framework/bench/cabac.h"

#include <gtest/gtest.h>

#include "framework/bench/symbol_sources.h"

namespace adagrain {
namespace {

Bytes decoded(const Bytes& stream, std::size_t count) {
  Bytes levels(count);
  decode_cabac(stream, levels);
  return levels;
}

TEST(Cabac, EveryLevelAndNoneRoundTrip) {
  Bytes levels;
  EXPECT_EQ(decoded(encode_cabac(levels), 0), levels);
  for (int level = -128; level < 128; ++level) levels.push_back(static_cast<std::uint8_t>(level));
  EXPECT_EQ(decoded(encode_cabac(levels), levels.size()), levels);
  EXPECT_EQ(decoded(encode_cabac(Bytes(100'000)), 100'000), Bytes(100'000));
}

TEST(Cabac, IndependentLevelsComeWithinTwoPercentOfTheirEntropy) {
  for (const SymbolSource& source : generated_sources(1 << 17, 3)) {
    const Bytes stream = encode_cabac(source.symbols);
    EXPECT_EQ(decoded(stream, source.symbols.size()), source.symbols) << source.name;
    // Of 6 bits, levels beyond 11 are told by their magnitude alone, in octaves.
    const double allowed = source.name.find('6') == std::string::npos ? 1.02 : 1.06;
    EXPECT_LT(static_cast<double>(stream.size()), allowed * source.entropy_bytes()) << source.name;
  }
}

TEST(Cabac, LevelsThatClusterTakeLessThanTheirEntropy) {
  Bytes levels = draw_symbols(laplace_distribution(0.1), 50'000);
  const Bytes wide = draw_symbols(laplace_distribution(0.8), 50'000);
  levels.insert(levels.end(), wide.begin(), wide.end());
  EXPECT_LT(static_cast<double>(encode_cabac(levels).size()), 0.9 * shannon_bytes<std::uint8_t>(levels));
}

TEST(Cabac, UnknownRatesAreADataError) {
  EXPECT_THROW(decoded({9, 1, 2, 3}, 5), DataError);
  EXPECT_THROW(decoded({}, 5), DataError);
}

}  // namespace
}  // namespace adagrain
