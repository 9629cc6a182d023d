#include "framework/compression/coders/adaptive/binary_ans.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace adagrain {
namespace {

struct Decision {
  bool bit;
  int p;
};

std::vector<Decision> random_decisions(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Decision> decisions;
  for (std::size_t i = 0; i < count; ++i) {
    const int p = i % 7 == 0 ? 1 : i % 7 == 1 ? 65535 : 1 + static_cast<int>(random() % 65535);
    decisions.push_back({random() % 65536 < static_cast<std::uint32_t>(p), p});
  }
  return decisions;
}

Bytes encoded(const std::vector<Decision>& decisions) {
  BinaryAnsEncoder encoder;
  for (const Decision& decision : decisions) encoder.code(decision.bit, decision.p);
  return encoder.finish();
}

TEST(BinaryAns, BitsOfAnyProbabilityComeBack) {
  for (std::size_t count : {0, 1, 2, 3, 10, 100, 20'000}) {
    const std::vector<Decision> decisions = random_decisions(count, static_cast<std::uint32_t>(count));
    const Bytes bytes = encoded(decisions);
    BinaryAnsDecoder decoder(bytes);
    for (const Decision& decision : decisions) ASSERT_EQ(decoder.code(false, decision.p), decision.bit);
    decoder.finish();
  }
}

// -log2 of each decision's probability, and a byte for the beginning and the end.
TEST(BinaryAns, AStreamIsAsLongAsItsInformation) {
  const std::vector<Decision> decisions = random_decisions(20'000, 1);
  double bits = 0;
  for (const auto& [bit, p] : decisions) bits -= std::log2((bit ? p : 65536 - p) / 65536.0);
  const double bytes = static_cast<double>(encoded(decisions).size());
  EXPECT_LT(bytes, bits / 8 * 1.0002 + 1.5);
  EXPECT_GE(bytes, bits / 8 - 1);
}

// x: 16 -> floor(16 * 2) = 32 -> ceil(33 / (1/2)) - 1 = 65 -> 130, the decisions from last to first.
TEST(BinaryAns, ThreeBitsByHand) {
  EXPECT_EQ(encoded({{true, 32768}, {false, 32768}, {true, 32768}}), Bytes{130});
}

TEST(BinaryAns, MissingAndExtraBytesAreErrors) {
  const std::vector<Decision> decisions = random_decisions(3000, 2);
  Bytes bytes = encoded(decisions);
  const auto decode = [&](std::span<const std::uint8_t> some) {
    BinaryAnsDecoder decoder(some);
    for (const Decision& decision : decisions) decoder.code(false, decision.p);
    decoder.finish();
  };
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(decode(std::span(bytes).first(size)), DataError) << size;
  }
  bytes.push_back(0);
  EXPECT_THROW(decode(bytes), DataError);
  bytes.insert(bytes.begin(), 0);
  EXPECT_THROW(decode(bytes), DataError);
}

}  // namespace
}  // namespace adagrain
