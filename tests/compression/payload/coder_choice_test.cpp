// Which coder a layer gets, and what is said of the others.
#include "framework/compression/payload/coder_choice.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/compression/payload/layer_codec.h"
#include "framework/core/error.h"
#include "tests/compression/sample_weights.h"

namespace adagrain {
namespace {

CoderChoice choice_of(const Shape& shape, const std::string& candidate) {
  return encode_layer(sample_weights(shape), shape, parse_candidate(candidate)).choice;
}

const PricedCoder* find(const CoderChoice& choice, const std::string& name) {
  const auto found = std::find_if(choice.priced.begin(), choice.priced.end(),
                                  [&](const PricedCoder& each) { return each.name == name; });
  return found == choice.priced.end() ? nullptr : &*found;
}

TEST(CoderChoice, TakesTheSmallestOfThoseForSpeedZero) {
  for (const Shape& shape : {Shape{13, 129}, Shape{16, 8, 3, 3}, Shape{7}, Shape{200, 100}}) {
    const CoderChoice choice = choice_of(shape, "element/quantize+ans bits=4");
    const PricedCoder* const taken = find(choice, choice.taken);
    ASSERT_NE(taken, nullptr);
    ASSERT_TRUE(taken->bytes.has_value());
    for (const PricedCoder& each : choice.priced) {
      EXPECT_TRUE(each.bytes.has_value()) << each.name << " " << each.refusal;
      EXPECT_GE(each.bytes.value_or(0), *taken->bytes) << each.name;
    }
    EXPECT_NE(find(choice, "static"), nullptr);
    EXPECT_NE(find(choice, "adaptive"), nullptr);
    EXPECT_EQ(find(choice, "interleaved"), nullptr);
  }
}

TEST(CoderChoice, SaysWhyACoderBowedOut) {
  const CoderChoice floats = choice_of({64, 100}, "layer/ans");
  EXPECT_EQ(floats.taken, "static");
  ASSERT_NE(find(floats, "adaptive"), nullptr);
  EXPECT_EQ(find(floats, "adaptive")->refusal, "codes levels, not float32");
  const CoderChoice few = choice_of({20, 20}, "layer/quantize+ans bits=4 speed=2");
  EXPECT_EQ(few.taken, "static");
  EXPECT_EQ(find(few, "interleaved")->refusal, "is for 4096 weights and more, not 400");
  const CoderChoice many = choice_of({100, 100}, "layer/quantize+ans step=0.00001 speed=1");
  EXPECT_EQ(many.taken, "static");
  EXPECT_NE(find(many, "interleaved")->refusal.find("codes up to 256 different levels"), std::string::npos);
  const CoderChoice fast = choice_of({100, 100}, "layer/quantize+ans bits=4 speed=1");
  EXPECT_EQ(fast.taken, "interleaved");
  EXPECT_EQ(find(fast, "static")->refusal, "decodes slower than interleaved");
}

TEST(CoderChoice, WithoutEntropyCodingThereIsRawAlone) {
  const CoderChoice choice = choice_of({20, 20}, "layer/quantize bits=4");
  EXPECT_EQ(choice.taken, "raw");
  ASSERT_EQ(choice.priced.size(), 1u);
  EXPECT_EQ(choice.priced[0].bytes, 1u + 200u);
}

TEST(CoderChoice, WhereNothingIsCodedNothingIsPriced) {
  const Shape shape = {4, 4};
  const EncodedLayer encoded =
      encode_layer(std::vector<float>(16), shape, parse_candidate("layer/quantize+ans bits=4"));
  EXPECT_EQ(encoded.choice.taken, "static");
  EXPECT_TRUE(encoded.choice.priced.empty());
}

TEST(CoderChoice, ANamedCoderIsTakenWhateverTheSpeedAndTheSize) {
  for (const char* coder : {"raw", "static", "adaptive", "interleaved"}) {
    for (const int speed : {0, 1, 2}) {
      const CoderChoice choice =
          choice_of({20, 20}, fmt::format("element/quantize+ans bits=4 coder={} speed={}", coder, speed));
      EXPECT_EQ(choice.taken, coder);
      EXPECT_EQ(choice.priced.size(), 1u);
    }
  }
}

TEST(CoderChoice, ANamedCoderThatCannotIsAConfigErrorThatSaysWhy) {
  for (const auto& [candidate, reason] :
       {std::pair("layer/ans coder=adaptive", "coder adaptive codes levels, not float32"),
        std::pair("layer/quantize+ans coder=interleaved step=0.00001",
                  "coder interleaved codes up to 256 different levels")}) {
    try {
      choice_of({100, 100}, candidate);
      FAIL() << "accepted " << candidate;
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  }
}

// Rounding with the rate in mind asks the coder that follows, whichever is named.
TEST(CoderChoice, ANamedCoderMakesRateDistortionRoundingCheaperToo) {
  const Shape shape = {64, 128};
  const std::vector<float> weights = sample_weights(shape);
  for (const char* coder : {"static", "adaptive", "interleaved"}) {
    const auto size = [&](const char* rate) {
      return encode_layer(weights, shape,
                          parse_candidate(fmt::format(
                              "element/quantize+ans coder={} rate_weight={} step=0.05", coder, rate)))
          .payload.size();
    };
    EXPECT_LT(size("0.2"), 97 * size("0") / 100) << coder;
  }
}

}  // namespace
}  // namespace adagrain
