#include "framework/profiling/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "framework/core/error.h"
#include "framework/core/random.h"

namespace adagrain {
namespace {

std::vector<float> normal_values(std::size_t count, double mean, double deviation) {
  RandomStream random(7, "statistics test");
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(mean + deviation * random.normal());
  return values;
}

ValueStatistics statistics_of(const std::vector<float>& values, int threads = 1) {
  ValueAccumulator accumulator("values");
  accumulator.add(values, threads);
  return accumulator.statistics();
}

// The definitions of PROFILE.md, word by word, in double.
ValueStatistics reference(const std::vector<float>& values) {
  ValueStatistics r;
  const auto n = static_cast<double>(values.size());
  double zeros = 0, zero_codes = 0, squares = 0;
  for (const double x : values) {
    r.absmax = std::max(r.absmax, std::abs(x));
    r.mean += x / n;
    squares += x * x;
    zeros += x == 0;
  }
  std::map<long, double> codes;
  double second = 0, third = 0, fourth = 0;
  for (const double x : values) {
    const long code = std::lround(x / (r.absmax / 127));
    ++codes[code];
    zero_codes += code == 0;
    const double d = x - r.mean;
    second += d * d / n;
    third += d * d * d / n;
    fourth += d * d * d * d / n;
  }
  for (const auto& [code, count] : codes) r.entropy_bits -= count / n * std::log2(count / n);
  r.sparsity = zero_codes / n;
  r.exact_sparsity = zeros / n;
  r.rms = std::sqrt(squares / n);
  r.dynamic_range_db = 20 * std::log10(r.absmax / std::sqrt(squares / (n - zeros)));
  r.standard_deviation = std::sqrt(second);
  r.skewness = third / std::pow(second, 1.5);
  r.kurtosis = fourth / (second * second);
  return r;
}

void expect_near(const ValueStatistics& given, const ValueStatistics& expected) {
  EXPECT_NEAR(given.entropy_bits, expected.entropy_bits, 0.02);
  EXPECT_NEAR(given.sparsity, expected.sparsity, 0.07 * expected.sparsity + 1e-4);
  EXPECT_DOUBLE_EQ(given.exact_sparsity, expected.exact_sparsity);
  EXPECT_NEAR(given.dynamic_range_db, expected.dynamic_range_db, 1e-4);
  EXPECT_EQ(given.absmax, expected.absmax);
  EXPECT_NEAR(given.mean, expected.mean, 1e-6 * expected.rms);
  EXPECT_NEAR(given.standard_deviation, expected.standard_deviation, 1e-5 * expected.standard_deviation);
  EXPECT_NEAR(given.rms, expected.rms, 1e-5 * expected.rms);
  EXPECT_NEAR(given.skewness, expected.skewness, 1e-4 * (1 + std::abs(expected.skewness)));
  EXPECT_NEAR(given.kurtosis, expected.kurtosis, 1e-4 * expected.kurtosis);
}

void expect_same(const ValueStatistics& a, const ValueStatistics& b) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.entropy_bits, b.entropy_bits);
  EXPECT_EQ(a.sparsity, b.sparsity);
  EXPECT_EQ(a.exact_sparsity, b.exact_sparsity);
  EXPECT_EQ(a.minimum, b.minimum);
  EXPECT_EQ(a.maximum, b.maximum);
  EXPECT_NEAR(a.mean, b.mean, 1e-6 * a.rms);
  EXPECT_NEAR(a.rms, b.rms, 1e-6 * a.rms);
  EXPECT_NEAR(a.kurtosis, b.kurtosis, 1e-5 * a.kurtosis);
  EXPECT_NEAR(a.dynamic_range_db, b.dynamic_range_db, 1e-5);
}

TEST(ValueStatistics, OfFourValuesAreThoseComputedByHand) {
  // Codes of step 2 / 127: 0, 64 (63.5 rounds away from zero), -127, 127.
  const ValueStatistics s = statistics_of({0, 1.01f, -2, 2});
  EXPECT_EQ(s.count, 4);
  EXPECT_DOUBLE_EQ(s.entropy_bits, 2);
  EXPECT_DOUBLE_EQ(s.sparsity, 0.25);
  EXPECT_DOUBLE_EQ(s.exact_sparsity, 0.25);
  EXPECT_EQ(s.minimum, -2);
  EXPECT_EQ(s.maximum, 2);
  EXPECT_EQ(s.absmax, 2);
  EXPECT_NEAR(s.mean, 0.2525, 1e-7);
  EXPECT_NEAR(s.rms, std::sqrt(9.0201 / 4), 1e-6);
  EXPECT_NEAR(s.dynamic_range_db, 20 * std::log10(2 / std::sqrt(9.0201 / 3)), 1e-5);
}

TEST(ValueStatistics, TwoEquallyLikelyValuesCarryOneBitAndHaveKurtosisOne) {
  std::vector<float> values(1000, -3);
  std::fill_n(values.begin(), 500, 3.0f);
  const ValueStatistics s = statistics_of(values);
  EXPECT_DOUBLE_EQ(s.entropy_bits, 1);
  EXPECT_NEAR(s.kurtosis, 1, 1e-6);
  EXPECT_NEAR(s.skewness, 0, 1e-6);
  EXPECT_NEAR(s.dynamic_range_db, 0, 1e-6);
  EXPECT_EQ(s.sparsity, 0);
}

TEST(ValueStatistics, AnEighthOfTheValuesNotZeroGiveTheTextbookEntropy) {
  std::vector<float> values(800, 0);
  std::fill_n(values.begin(), 100, 0.7f);
  const ValueStatistics s = statistics_of(values);
  EXPECT_NEAR(s.entropy_bits, 0.543564, 1e-6);
  EXPECT_DOUBLE_EQ(s.sparsity, 0.875);
  EXPECT_NEAR(s.dynamic_range_db, 0, 1e-6);
}

TEST(ValueStatistics, NothingHasNoStatisticsAndZerosHaveOneCode) {
  EXPECT_EQ(statistics_of({}).count, 0);
  const ValueStatistics s = statistics_of(std::vector<float>(77, 0.0f));
  EXPECT_EQ(s.count, 77);
  EXPECT_EQ(s.entropy_bits, 0);
  EXPECT_EQ(s.sparsity, 1);
  EXPECT_EQ(s.exact_sparsity, 1);
  EXPECT_EQ(s.dynamic_range_db, 0);
  EXPECT_EQ(s.kurtosis, 0);
}

TEST(ValueStatistics, AgreeWithTheDefinitionsInDouble) {
  for (const std::size_t count : {1u, 15u, 17u, 4095u, 4097u, 100003u}) {
    const auto values = normal_values(count, 0.01, 0.3);
    if (count > 1) expect_near(statistics_of(values), reference(values));
  }
  auto heavy = normal_values(50000, 0, 1);
  for (float& value : heavy) value = value * value * value;
  expect_near(statistics_of(heavy), reference(heavy));
  auto rectified = normal_values(50000, 0, 2);
  for (float& value : rectified) value = std::max(value, 0.0f);
  expect_near(statistics_of(rectified), reference(rectified));
}

TEST(ValueStatistics, KeepTheirDigitsWhenTheMeanIsFarFromZero) {
  const auto values = normal_values(20000, 100, 0.1);
  const ValueStatistics s = statistics_of(values), r = reference(values);
  EXPECT_NEAR(s.standard_deviation, r.standard_deviation, 1e-4 * r.standard_deviation);
  EXPECT_NEAR(s.kurtosis, r.kurtosis, 1e-3 * r.kurtosis);
}

TEST(ValueStatistics, DoNotChangeWithTheScaleOfTheData) {
  const auto values = normal_values(30000, 0, 1);
  const ValueStatistics plain = statistics_of(values);
  for (const int exponent : {-90, -30, 30, 100}) {
    auto scaled = values;
    for (float& value : scaled) value = std::ldexp(value, exponent);
    const ValueStatistics s = statistics_of(scaled);
    EXPECT_EQ(s.entropy_bits, plain.entropy_bits);
    EXPECT_EQ(s.sparsity, plain.sparsity);
    EXPECT_NEAR(s.kurtosis, plain.kurtosis, 1e-9);
    EXPECT_NEAR(s.rms, std::ldexp(plain.rms, exponent), 1e-9 * s.rms);
  }
}

TEST(ValueStatistics, OfPiecesAreThoseOfTheWholeInAnyOrder) {
  auto values = normal_values(60000, 0.2, 1);
  // Magnitudes that grow and shrink, so that the histogram's range has to follow.
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= std::ldexp(1.0f, static_cast<int>(i / 10000));
  const ValueStatistics whole = statistics_of(values);
  ValueAccumulator forwards("values"), backwards("values");
  for (std::size_t first = 0; first < values.size(); first += 1500) {
    const std::span<const float> piece(values.data() + first, 1500);
    forwards.add(piece);
    backwards.add(std::span<const float>(values.data() + values.size() - first - 1500, 1500));
  }
  expect_same(forwards.statistics(), whole);
  expect_same(backwards.statistics(), whole);
}

// Plans follow from these numbers, and a plan's file must have the same bytes everywhere.
TEST(ValueStatistics, AreTheSameBitsOnEveryInstructionSet) {
  std::uint64_t state = 1;
  std::vector<float> values(30001);
  for (float& value : values) {  // sums of eight small integers, cubed: exact in any arithmetic
    std::int32_t sum = 0;
    for (int i = 0; i < 8; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      sum += static_cast<std::int32_t>(state >> 52) - 2048;
    }
    const float x = static_cast<float>(sum) * 0x1p-12f;
    value = x * x * x * 0.03f;
  }
  const ValueStatistics s = statistics_of(values);
  EXPECT_EQ(s.mean, 0x1.8ade2119ba25fp-13);
  EXPECT_EQ(s.standard_deviation, 0x1.e7f218b857bc4p-5);
  EXPECT_EQ(s.skewness, 0x1.40a2589272193p-1);
  EXPECT_EQ(s.kurtosis, 0x1.bcfb4f6c46822p+4);
  EXPECT_EQ(s.sparsity, 0x1.bfbf032610e0ep-2);
}

TEST(ValueStatistics, OfSmallValuesAreAsFineBesideAStretchOfZeros) {
  auto values = normal_values(50000, 0, 0.01);
  std::fill_n(values.begin() + 10000, 20000, 0.0f);
  expect_near(statistics_of(values), reference(values));
}

TEST(ValueStatistics, CountersDoNotOverflowInARunOfEqualValues) {
  std::vector<float> values(600000, 3.0f);
  std::fill_n(values.begin(), 150000, -3.0f);
  const ValueStatistics s = statistics_of(values);
  EXPECT_NEAR(s.entropy_bits, 0.811278, 1e-6);
}

TEST(ValueStatistics, VisitorsSeeEveryValueOnceAndPiecesFromTheirBeginning) {
  const auto values = normal_values(100 * 700, 0, 1);
  std::vector<int> seen(values.size());
  ValueAccumulator accumulator("values");
  accumulator.add_in_pieces(values, 21 * 700, 2, 0,
                            {700, [&](std::size_t first, std::span<const float> unit) {
                               EXPECT_EQ(first % 700, 0u);
                               EXPECT_EQ(unit.data(), values.data() + first);
                               for (std::size_t i = 0; i < unit.size(); ++i) ++seen[first + i];
                             }});
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(seen.size()));
  expect_same(accumulator.statistics(), statistics_of(values));
}

TEST(ValueStatistics, DoNotDependOnTheNumberOfThreads) {
  const auto values = normal_values((std::size_t{1} << 20) + 12345, 0, 1);
  const ValueStatistics one = statistics_of(values, 1), three = statistics_of(values, 3);
  expect_same(one, three);
  EXPECT_EQ(one.kurtosis, three.kurtosis);
  EXPECT_EQ(one.mean, three.mean);
}

TEST(ValueStatistics, AlreadyQuantisedValuesHaveTheEntropyOfTheirLevels) {
  RandomStream random(3, "levels");
  for (const int highest : {1, 3, 7, 31, 127}) {
    std::vector<float> values = {static_cast<float>(highest)};
    for (int i = 0; i < 20000; ++i) {
      values.push_back(static_cast<float>(static_cast<int>(random.below(2 * highest + 1)) - highest));
    }
    EXPECT_NEAR(statistics_of(values).entropy_bits, reference(values).entropy_bits, 1e-9) << highest;
  }
}

TEST(ValueStatistics, NameTheLayerAndTheIndexOfAValueThatIsNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(600000, 0.5f);
    values[540001] = bad;
    try {
      weight_statistics("weights of layer 'conv1'", values, 100, 2);
      FAIL();
    } catch (const DataError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("weights of layer 'conv1'"), std::string::npos) << text;
      EXPECT_NE(text.find("540001"), std::string::npos) << text;
      EXPECT_NE(text.find("finite"), std::string::npos) << text;
    }
  }
}

TEST(WeightStatistics, SpreadIsTheDeviationOfScalesInOctaves) {
  // Two rows of scales 1 and 4: log2 is 0 and 2, whose standard deviation is 1. In blocks of 64: 1, 0.5,
  // 4, 4.
  std::vector<float> values(2 * 100, 0.25f);
  values[3] = -1;
  values[70] = 0.5f;
  values[100] = 4;
  values[170] = -4;
  const WeightStatistics s = weight_statistics("w", values, 2, 1);
  EXPECT_DOUBLE_EQ(s.channel_scale_spread, 1);
  // log2 of them: 0, -1, 2, 2; mean 0.75, squares' mean 2.25.
  EXPECT_NEAR(s.block_scale_spread, std::sqrt(2.25 - 0.75 * 0.75), 1e-12);
}

TEST(WeightStatistics, ChannelsOfZerosHaveNoScaleAndCountForNothing) {
  std::vector<float> values(3 * 10, 0.0f);
  values[0] = 2;
  values[10] = 2;
  EXPECT_EQ(weight_statistics("w", values, 3, 1).channel_scale_spread, 0);
  EXPECT_EQ(weight_statistics("w", {}, 0, 1).values.count, 0);
}

TEST(WeightStatistics, AgreeWithTheValuesOnTheirOwnAndWithAnyThreads) {
  const auto values = normal_values(700 * 1000, 0, 0.05);
  const WeightStatistics one = weight_statistics("w", values, 700, 1);
  const WeightStatistics two = weight_statistics("w", values, 700, 2);
  expect_same(one.values, statistics_of(values));
  EXPECT_EQ(one.values.kurtosis, two.values.kurtosis);
  EXPECT_EQ(one.channel_scale_spread, two.channel_scale_spread);
  EXPECT_EQ(one.block_scale_spread, two.block_scale_spread);
}

}  // namespace
}  // namespace adagrain
