#include "framework/compression/coders/adaptive/adaptive_coder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "framework/compression/coders/adaptive/level_prior.h"
#include "framework/compression/coders/adaptive/logistic.h"

namespace adagrain {
namespace {

using Levels = std::vector<std::int32_t>;

std::vector<std::uint32_t> all_elements(std::size_t count) {
  std::vector<std::uint32_t> elements(count);
  std::iota(elements.begin(), elements.end(), 0u);
  return elements;
}

// Rounded Laplace values; `scale` gives each element's.
template <typename Scale>
Levels laplace_levels(MatrixShape shape, const Scale& scale) {
  std::mt19937 random(7);
  Levels levels;
  for (std::int64_t i = 0; i < shape.count(); ++i) {
    const double uniform = (static_cast<double>(random()) + 0.5) / 4294967296.0 - 0.5;
    const double value = -std::log(1 - 2 * std::abs(uniform)) * scale(i / shape.columns, i % shape.columns);
    levels.push_back(static_cast<std::int32_t>(std::lround(uniform < 0 ? -value : value)));
  }
  return levels;
}

double entropy_bytes(const Levels& levels) {
  std::map<std::int32_t, double> counts;
  for (const std::int32_t level : levels) ++counts[level];
  double bits = 0;
  for (const auto& [level, count] : counts)
    bits -= count * std::log2(count / static_cast<double>(levels.size()));
  return bits / 8;
}

Bytes expect_round_trip(const LevelGrid& grid, const Levels& levels) {
  const Bytes bytes = encode_adaptive(grid, levels);
  Levels decoded(levels.size());
  decode_adaptive(bytes, grid, decoded);
  EXPECT_EQ(decoded, levels);
  return bytes;
}

TEST(AdaptiveCoder, EveryShapeComesBack) {
  for (const auto& [shape, kernel, width] :
       {std::tuple<MatrixShape, std::int64_t, std::int64_t>{{1, 1}, 1, 1},
        {{1, 300}, 1, 1},
        {{300, 1}, 1, 1},
        {{7, 13}, 1, 1},
        {{8, 36}, 9, 3},
        {{3, 25}, 25, 5},
        {{2, 14}, 7, 7},
        {{5, 300}, 300, 150}}) {
    const auto elements = all_elements(static_cast<std::size_t>(shape.count()));
    for (const double scale : {0.1, 1.0, 30.0, 1000.0}) {
      expect_round_trip({shape, kernel, width, elements},
                        laplace_levels(shape, [&](auto, auto) { return scale; }));
    }
  }
}

TEST(AdaptiveCoder, TheLargestLevelComesBack) {
  const auto elements = all_elements(4);
  expect_round_trip({{2, 2}, 1, 1, elements}, {kLargestAdaptiveLevel, -kLargestAdaptiveLevel, 0, 1});
}

TEST(AdaptiveCoder, LevelsThatAreNotCodedCostNothing) {
  const MatrixShape shape = {64, 64};
  Levels levels = laplace_levels(shape, [](auto, auto) { return 2.0; });
  std::vector<std::uint32_t> even_rows;
  for (std::uint32_t i = 0; i < levels.size(); ++i) {
    if (i / 64 % 2 == 0) {
      even_rows.push_back(i);
    } else {
      levels[i] = 0;
    }
  }
  const auto elements = all_elements(levels.size());
  const std::size_t some = expect_round_trip({shape, 1, 1, even_rows}, levels).size();
  Levels half;
  for (const std::uint32_t element : even_rows) half.push_back(levels[element]);
  const auto half_elements = all_elements(half.size());
  const std::size_t alone = expect_round_trip({{32, 64}, 1, 1, half_elements}, half).size();
  EXPECT_NEAR(static_cast<double>(some), static_cast<double>(alone), 0.03 * static_cast<double>(alone));
}

TEST(AdaptiveCoder, AThousandLikeLevelsCostTheirEntropyAndLittleMore) {
  const MatrixShape shape = {25, 40};
  const auto elements = all_elements(1000);
  const Levels levels = laplace_levels(shape, [](auto, auto) { return 0.8; });
  const auto bytes = static_cast<double>(expect_round_trip({shape, 1, 1, elements}, levels).size());
  EXPECT_LT(bytes, 1.045 * entropy_bytes(levels));
}

// No static table can know which rows and columns are large.
TEST(AdaptiveCoder, ScalesOfRowsAndColumnsAreLearned) {
  const MatrixShape shape = {100, 100};
  const auto elements = all_elements(10'000);
  const Levels levels = laplace_levels(shape, [](std::int64_t row, std::int64_t column) {
    return (row % 3 == 0 ? 4.0 : 0.3) * (column % 5 == 0 ? 3.0 : 0.5);
  });
  const auto bytes = static_cast<double>(expect_round_trip({shape, 1, 1, elements}, levels).size());
  EXPECT_LT(bytes, 0.85 * entropy_bytes(levels));
}

// A fully connected layer that sees an image 28 wide: the weight 28 columns before is a neighbour.
TEST(AdaptiveCoder, ThePitchOfAnImageIsFound) {
  const MatrixShape shape = {50, 28 * 28};
  const auto elements = all_elements(static_cast<std::size_t>(shape.count()));
  const Levels levels = laplace_levels(
      shape, [](std::int64_t row, std::int64_t column) { return (column % 28 + row) % 7 == 0 ? 3.0 : 0.2; });
  const Bytes bytes = expect_round_trip({shape, 1, 1, elements}, levels);
  EXPECT_EQ(bytes[1] % 7, 0) << "a lag at which scales repeat";
}

TEST(AdaptiveCoder, TruncatedAndAlteredStreamsAreErrorsOrOtherLevels) {
  const MatrixShape shape = {12, 18};
  const auto elements = all_elements(static_cast<std::size_t>(shape.count()));
  const LevelGrid grid = {shape, 9, 3, elements};
  const Levels levels = laplace_levels(shape, [](auto, auto) { return 2.0; });
  const Bytes bytes = encode_adaptive(grid, levels);
  const auto decode = [&](std::span<const std::uint8_t> some) {
    Levels decoded(levels.size());
    decode_adaptive(some, grid, decoded);
    return decoded;
  };
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(decode(std::span(bytes).first(size)), DataError) << size;
  }
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    Bytes altered = bytes;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    try {
      EXPECT_NE(decode(altered), levels) << "bit " << bit;
    } catch (const DataError&) {
    }
  }
}

TEST(AdaptiveCoder, AStreamThatNoEncoderWritesIsRefused) {
  const auto elements = all_elements(6);
  const LevelGrid grid = {{2, 3}, 1, 1, elements};
  Levels levels(6);
  EXPECT_THROW(decode_adaptive({}, grid, levels), DataError);
  EXPECT_THROW(decode_adaptive(Bytes{0x05, 1, 9}, grid, levels), DataError) << "magnitudes of no bits";
  EXPECT_THROW(decode_adaptive(Bytes{0x15, 0, 9}, grid, levels), DataError) << "pitch 0";
  EXPECT_THROW(decode_adaptive(Bytes{0x15, 4, 9}, grid, levels), DataError) << "pitch beyond the columns";
}

TEST(Logistic, SquashAndStretchAreTheLogisticFunctionAndItsInverse) {
  for (int x = -kLargestStretch; x <= kLargestStretch; ++x) {
    EXPECT_NEAR(squash(x), 65536 / (1 + std::exp(-x / 256.0)), 2.5) << x;
    EXPECT_EQ(squash(x) + squash(-x), kOne);
  }
  for (std::uint32_t p = 8; p < kOne; p += 16) {
    EXPECT_NEAR(stretch(p), 256 * std::log(p / (65536.0 - p)), 1.0 + 256 * 16.0 / std::min(p, 65536 - p))
        << p;
  }
}

// The distribution itself in floating point: P(m) of mean magnitude E, added up.
TEST(LevelPrior, ProbabilitiesAreThoseOfATwoSidedGeometricDistribution) {
  const MagnitudeNodes nodes(5);
  for (const double mean : {0.05, 0.7, 3.0, 9.0}) {
    const double t = (std::sqrt(1 + mean * mean) - 1) / mean;
    const auto at_least = [&](int m) { return m == 0 ? 1.0 : 2 * std::pow(t, m) / (1 + t); };
    const std::vector<std::uint16_t> prior =
        nodes.prior(static_cast<std::uint64_t>(std::lround(mean * 65536)));
    ASSERT_EQ(prior.size(), static_cast<std::size_t>(nodes.count()));
    const auto expect = [&](int node, double p) {
      if (p > 0.002 && p < 0.998) {
        EXPECT_NEAR(prior[static_cast<std::size_t>(node)], 65536 * p, 40) << mean << " node " << node;
      }
    };
    expect(MagnitudeNodes::kNonzero, at_least(1));
    for (int c = 1; c < 5; ++c) expect(MagnitudeNodes::above(c), at_least(1 << c) / at_least(1 << (c - 1)));
    for (int c = 2; c <= 5; ++c) {
      const int lowest = 1 << (c - 1);
      const auto between = [&](int from, int to) { return at_least(from) - at_least(to); };
      expect(nodes.mantissa(c, 1), between(lowest * 3 / 2, 2 * lowest) / between(lowest, 2 * lowest));
      if (c >= 3)
        expect(nodes.mantissa(c, 3),
               between(lowest * 7 / 4, 2 * lowest) / between(lowest * 3 / 2, 2 * lowest));
    }
  }
}

// The second byte of a matrix's stream is the lag at which large levels come back. Noise has none, also in
// many matrices; a pattern has one as soon as it stands out by some standard deviations of chance.
TEST(AdaptiveCoder, APitchIsWhatStandsOutOfNoise) {
  const MatrixShape shape{60, 112};
  const std::vector<std::uint32_t> elements = all_elements(static_cast<std::size_t>(shape.count()));
  const auto pitch = [&](const Levels& levels) {
    return int{encode_adaptive({shape, 1, 1, elements}, levels)[1]};
  };
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    Levels noise(elements.size());
    for (std::int32_t& level : noise) level = static_cast<std::int32_t>(random() % 7) - 3;
    EXPECT_EQ(pitch(noise), 1) << round;
  }
  // The share of columns of every 28 whose levels are larger: 3 of 5 stand out, by the scale of the others
  // too.
  for (const double others : {0.5, 1.2}) {
    EXPECT_EQ(pitch(laplace_levels(
                  shape, [&](auto, auto column) { return column % 28 * 5 / 28 < 3 ? 2.0 : others; })),
              28)
        << others;
  }
}

// The prices of the levels that are coded add up to the bytes that the stream takes.
TEST(AdaptiveCoder, PricesAreWhatLevelsTake) {
  const MatrixShape shape{40, 90};
  const std::vector<std::uint32_t> elements = all_elements(static_cast<std::size_t>(shape.count()));
  const Levels levels = laplace_levels(shape, [](auto row, auto) { return row % 2 == 0 ? 0.3 : 9.0; });
  const LevelGrid grid{shape, 1, 1, elements};
  Levels chosen = levels;
  double bits = 0;
  choose_adaptive_levels(grid, chosen, [&](std::size_t element, const LevelPrice& price) {
    bits += price(levels[element]) / 65536.0;
    return levels[element];
  });
  EXPECT_EQ(chosen, levels);
  const auto bytes = static_cast<double>(encode_adaptive(grid, levels).size());
  EXPECT_NEAR(bits / 8, bytes, 0.005 * bytes);
}

TEST(AdaptiveCoder, ChosenLevelsTakeThePlaceOfTheOthers) {
  const MatrixShape shape{4, 5};
  const std::vector<std::uint32_t> elements = {1, 4, 18};
  Levels levels(20);
  levels[1] = 3;
  levels[18] = -2;
  std::vector<std::size_t> asked;
  choose_adaptive_levels({shape, 1, 1, elements}, levels, [&](std::size_t element, const LevelPrice& price) {
    asked.push_back(element);
    return price(0) < price(3) ? 1 : 0;
  });
  EXPECT_EQ(asked, (std::vector<std::size_t>{1, 4, 18}));
  EXPECT_EQ(std::accumulate(levels.begin(), levels.end(), 0), levels[1] + levels[4] + levels[18]);
  EXPECT_EQ(levels[1], 1);
}

}  // namespace
}  // namespace adagrain
