#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/compression/payload/layer_codec.h"
#include "framework/compression/payload/layer_payload.h"
#include "framework/core/error.h"
#include "framework/profiling/input_moments.h"
#include "tests/compression/round_trip.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

using Weights = std::vector<float>;
using Square = std::vector<std::vector<double>>;

// E[x x^T] of inputs that share a common part: x_j = common + own_j, with powers that differ.
InputMoments correlated(std::int64_t columns, std::int64_t groups = 1) {
  InputMoments moments{columns, groups, {}};
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t i = 0; i < columns; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        const double scale = (1 + 0.1 * static_cast<double>((i * 7 + group) % 5)) *
                             (1 + 0.1 * static_cast<double>((j * 7 + group) % 5));
        moments.values.push_back(scale * (i == j ? 1.0 : 0.8));
      }
    }
  }
  return moments;
}

// tr(D H D^T) of one group, D = given - weights
double output_error(const Weights& given, const Weights& weights, const InputMoments& moments) {
  double sum = 0;
  const auto columns = static_cast<std::size_t>(moments.columns);
  for (std::size_t row = 0; row < weights.size() / columns; ++row) {
    for (std::size_t i = 0; i < columns; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        const std::size_t a = row * columns + i, b = row * columns + j;
        sum += (static_cast<double>(given[a]) - weights[a]) * moments.values[i * columns + j] *
               (static_cast<double>(given[b]) - weights[b]);
      }
    }
  }
  return sum;
}

Square inverse(Square a) {  // Gauss and Jordan
  const std::size_t n = a.size();
  Square result(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) result[i][i] = 1;
  for (std::size_t pivot = 0; pivot < n; ++pivot) {
    const double scale = a[pivot][pivot];
    for (std::size_t k = 0; k < n; ++k) {
      a[pivot][k] /= scale;
      result[pivot][k] /= scale;
    }
    for (std::size_t row = 0; row < n; ++row) {
      const double factor = a[row][pivot];
      for (std::size_t k = 0; k < n && row != pivot; ++k) {
        a[row][k] -= factor * a[pivot][k];
        result[row][k] -= factor * result[pivot][k];
      }
    }
  }
  return result;
}

// The optimal brain surgeon by its definition: after each decision the inverse of what is left, anew.
Weights brute_force(Weights row, const Square& moments, const std::vector<std::size_t>& order, double step) {
  for (std::size_t first = 0; first < order.size(); ++first) {
    Square left;
    for (std::size_t i = first; i < order.size(); ++i) {
      left.emplace_back();
      for (std::size_t j = first; j < order.size(); ++j) left.back().push_back(moments[order[i]][order[j]]);
    }
    const Square inverted = inverse(left);
    const double quantized = step * std::nearbyint(row[order[first]] / step);
    const double error = (row[order[first]] - quantized) / inverted[0][0];
    row[order[first]] = static_cast<float>(quantized);
    for (std::size_t k = first + 1; k < order.size(); ++k) {
      row[order[k]] -= static_cast<float>(error * inverted[0][k - first]);
    }
  }
  return row;
}

// H = [[2, 1], [1, 1]]: column 0 first. 0.4 -> 0; error 0.4 moves column 1 by 0.4 * H_01 / H_11 = 0.4 to 0.7
// -> 1, where plain rounding gives 0.
TEST(Compensate, TwoColumnsByHand) {
  const InputFactor factor = factorize({2, 1, {2, 1, 1, 1}}, 0, "by hand");
  EXPECT_EQ(factor.order, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(factor.power, std::vector<double>{3});
  // The layer's largest weight has to be there for the step to be the step.
  EXPECT_EQ(round_trip({0.4F, 0.3F, 2, 2}, {2, 2}, "element/quantize+compensate step=1", {{}, &factor}),
            (Weights{0, 1, 2, 2}));
  EXPECT_EQ(round_trip({0.4F, 0.3F, 2, 2}, {2, 2}, "element/quantize step=1"), (Weights{0, 0, 2, 2}));
}

TEST(Compensate, EqualsTheBrainSurgeonByDefinition) {
  const Square moments = {
      {2.0, 1.1, 0.3, 0.7}, {1.1, 3.0, 0.9, 0.2}, {0.3, 0.9, 1.5, 0.6}, {0.7, 0.2, 0.6, 2.5}};
  InputMoments given{4, 1, {}};
  for (const auto& row : moments) given.values.insert(given.values.end(), row.begin(), row.end());
  const InputFactor factor = factorize(given, 0, "reference");
  EXPECT_EQ(factor.order, (std::vector<std::uint32_t>{1, 3, 0, 2}));
  const Weights weights = sample_weights({50, 4});
  const Weights got =
      round_trip(weights, {50, 4}, "element/quantize+compensate+ans step=0.0625", {{}, &factor});
  for (std::size_t row = 0; row < 50; ++row) {
    const auto first = weights.begin() + static_cast<std::ptrdiff_t>(row * 4);
    EXPECT_EQ(Weights(got.begin() + static_cast<std::ptrdiff_t>(row * 4),
                      got.begin() + static_cast<std::ptrdiff_t>(row * 4 + 4)),
              brute_force({first, first + 4}, moments, {1, 3, 0, 2}, 0.0625))
        << row;
  }
}

TEST(Compensate, OutputsOnCorrelatedInputsChangeLessThanByRounding) {
  const Shape shape = {24, 36};
  const Weights weights = sample_weights(shape);
  const InputMoments moments = correlated(36);
  const InputFactor factor = factorize(moments, 0.01, "correlated");
  for (const char* rest : {"step=0.05", "bits=3", "bits=4 symmetric=0"}) {
    for (const char* granularity : {"layer", "element", "block", "feature_map"}) {
      const std::string name = std::string(granularity) + "/quantize";
      const double plain = output_error(round_trip(weights, shape, name + " " + rest), weights, moments);
      const double compensated = output_error(
          round_trip(weights, shape, name + "+compensate " + rest, {{}, &factor}), weights, moments);
      EXPECT_LT(compensated, 0.7 * plain) << name << " " << rest;
    }
  }
}

TEST(Compensate, PrunedWeightsStayZeroAndTheOthersMakeUpForThem) {
  const Shape shape = {16, 36};
  const Weights weights = sample_weights(shape);
  const InputMoments moments = correlated(36);
  const InputFactor factor = factorize(moments, 0.01, "correlated");
  for (const std::string granularity : {"element", "block", "feature_map"}) {
    const std::string cut = granularity == "block" ? " block_columns=4" : "";
    const std::string rest = " bits=6" + cut + " sparsity=0.4";
    const Weights plain = round_trip(weights, shape, granularity + "/prune+quantize" + rest);
    const Weights pruned = round_trip(weights, shape, granularity + "/prune" + cut + " sparsity=0.4");
    const Weights got =
        round_trip(weights, shape, granularity + "/prune+quantize+compensate+ans" + rest, {{}, &factor});
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (pruned[i] == 0) {
        EXPECT_EQ(got[i], 0.0F) << granularity << " " << i;
      }
    }
    // A whole row that is pruned leaves nobody to make up for it.
    const double share = granularity == "feature_map" ? 1.0 : 0.5;
    EXPECT_LT(output_error(got, weights, moments), share * output_error(plain, weights, moments))
        << granularity;
  }
}

TEST(Compensate, LevelsKeepTheirRange) {
  const Shape shape = {8, 36};
  const Weights weights = sample_weights(shape);
  const InputFactor factor = factorize(correlated(36), 0.001, "correlated");
  for (const int bits : {1, 2, 3}) {
    for (const int symmetric : {0, 1}) {
      LayerEvidence evidence;
      evidence.input_factor = &factor;
      const LayerCode code = transform_layer(
          weights, shape,
          parse_candidate(fmt::format("layer/quantize+compensate bits={} symmetric={}", bits, symmetric)),
          evidence);
      const int highest = symmetric == 0 ? (1 << bits) - 1 : std::max(1, (1 << (bits - 1)) - 1);
      for (const std::int32_t level : code.levels) {
        ASSERT_LE(level, highest);
        ASSERT_GE(level, symmetric == 0 ? 0 : -highest);
        if (bits == 1 && symmetric == 1) {
          ASSERT_NE(level, 0);
        }
      }
    }
  }
}

TEST(Compensate, WithoutCorrelationItIsRounding) {
  InputMoments moments{36, 1, std::vector<double>(36 * 36)};
  for (std::size_t i = 0; i < 36; ++i) moments.values[i * 37] = 1 + static_cast<double>(i);
  const InputFactor factor = factorize(moments, 0.01, "independent");
  const Weights weights = sample_weights({8, 36});
  EXPECT_EQ(round_trip(weights, {8, 36}, "element/quantize+compensate step=0.03", {{}, &factor}),
            round_trip(weights, {8, 36}, "element/quantize step=0.03"));
}

// Each of the two channels of a depthwise layer is compensated by its own inputs.
TEST(Compensate, GroupsHaveMomentsOfTheirOwn) {
  const Weights weights = {0.4F, 0.3F, 0.4F, 0.3F, 2, 2, 2, 2};
  const Shape shape = {4, 1, 1, 2};
  const InputFactor factor = factorize({2, 2, {2, 1, 1, 1, 1, 0, 0, 1}}, 0, "depthwise");
  // Rows 0 and 1 are of the first group, rows 2 and 3 of the second.
  EXPECT_EQ(round_trip(weights, shape, "element/quantize+compensate step=1", {{}, &factor}),
            (Weights{0, 1, 0, 1, 2, 2, 2, 2}));
  const Weights turned = {2, 2, 2, 2, 0.4F, 0.3F, 0.4F, 0.3F};
  EXPECT_EQ(round_trip(turned, shape, "element/quantize+compensate step=1", {{}, &factor}),
            (Weights{2, 2, 2, 2, 0, 0, 0, 0}));
}

TEST(Compensate, EveryShapeDecodesToWhatWasDecidedAndTheSameBytesComeTwice) {
  for (const Shape& shape : sample_shapes()) {
    SCOPED_TRACE(testing::PrintToString(shape));
    const MatrixShape matrix = matrix_shape(shape);
    const Weights weights = sample_weights(shape);
    const InputFactor factor = factorize(correlated(matrix.columns), 0.01, "any shape");
    LayerEvidence evidence;
    evidence.input_factor = &factor;
    for (const char* text :
         {"layer/quantize+compensate bits=3", "element/quantize+compensate+ans step=0.02",
          "block/prune+quantize+compensate+ans bits=2 block_columns=4 sparsity=0.5",
          "feature_map/quantize+compensate bits=4 symmetric=0", "element/prune+quantize+compensate bits=1"}) {
      const Candidate candidate = parse_candidate(text);
      const Weights expected =
          reconstruct(transform_layer(weights, shape, candidate, evidence), cut_layer(candidate, matrix));
      const EncodedLayer encoded = encode_layer(weights, shape, candidate, evidence);
      EXPECT_EQ(decode_layer(encoded.payload, shape).weights, expected) << text;
      EXPECT_EQ(encode_layer(weights, shape, candidate, evidence).payload, encoded.payload) << text;
    }
  }
}

TEST(Compensate, TheLargestWeightsGiveFiniteOnes) {
  const float huge = 0x1p+120F;
  const InputFactor factor = factorize(correlated(8), 1e-6, "huge");
  Weights weights(32, huge);
  weights[3] = -huge;
  for (const char* text : {"layer/quantize+compensate bits=1", "element/quantize+compensate step=100"}) {
    for (const float weight : round_trip(weights, {4, 8}, text, {{}, &factor}))
      EXPECT_TRUE(std::isfinite(weight));
  }
}

TEST(Compensate, MissingOrForeignMomentsAreRefused) {
  const Weights weights = sample_weights({4, 6});
  EXPECT_THROW(round_trip(weights, {4, 6}, "layer/quantize+compensate"), ConfigError);
  const InputFactor narrow = factorize(correlated(5), 0.01, "narrow");
  EXPECT_THROW(round_trip(weights, {4, 6}, "layer/quantize+compensate", {{}, &narrow}), DataError);
  const InputFactor grouped = factorize(correlated(6, 3), 0.01, "grouped");
  EXPECT_THROW(round_trip(weights, {4, 6}, "layer/quantize+compensate", {{}, &grouped}), DataError);
}

TEST(InputMoments, DampingMakesDeadAndTwinInputsInvertible) {
  const InputMoments twins{3, 1, {1, 1, 0, 1, 1, 0, 0, 0, 0}};
  EXPECT_THROW(factorize(twins, 0, "twins"), DataError);
  for (const float value : factorize(twins, 0.01, "twins").upper) EXPECT_TRUE(std::isfinite(value));
  const InputFactor silent = factorize({2, 1, {0, 0, 0, 0}}, 0.01, "silent");
  EXPECT_EQ(silent.upper, (Weights{1, 0, 0, 1}));
}

TEST(InputMoments, WhatIsNotFiniteIsRefusedByName) {
  try {
    factorize({1, 1, {std::numeric_limits<double>::quiet_NaN()}}, 0.01, "conv1");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("conv1"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace adagrain
