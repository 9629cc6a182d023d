#include "framework/hardware/compatibility/run_length.h"

#include <gtest/gtest.h>

#include "framework/core/error.h"
#include "framework/core/random.h"

namespace adagrain {
namespace {

using Values = std::vector<std::uint16_t>;

TEST(RunLength, TheDocumentedExampleIsItsWord) {
  EXPECT_EQ(run_length_encode(Values{0, 0, 12}), (std::vector<std::uint64_t>{0x1000'6000'0000'0001}));
}

TEST(RunLength, ValuesComeBackWhateverTheirZeros) {
  RandomStream random(3, "run length");
  for (const double zeros : {0.0, 0.3, 0.9, 0.99, 1.0}) {
    for (const std::size_t size : {0, 1, 2, 3, 4, 31, 32, 33, 64, 65, 1000}) {
      Values values(size);
      for (auto& value : values) value = random.uniform() < zeros ? 0 : 1 + random.below(65535);
      EXPECT_EQ(run_length_decode(run_length_encode(values), size), values) << zeros << ' ' << size;
    }
  }
}

TEST(RunLength, DenseValuesTakeAThirdMore) {
  EXPECT_EQ(run_length_encode(Values(3000, 7)).size(), 1000u);
  EXPECT_EQ(run_length_encode(Values(96, 0)).size(), 1u);  // three runs of 31 and a zero
}

TEST(RunLength, DamagedWordsAreRefused) {
  const Values values{0, 5, 0, 0, 7, 8, 9, 1, 3};  // two full words
  const auto words = run_length_encode(values);
  EXPECT_THROW(run_length_decode(words, 8), DataError);
  EXPECT_THROW(run_length_decode(words, 10), DataError);
  EXPECT_THROW(run_length_decode({}, 1), DataError);
  auto flagged = words;
  flagged.front() ^= 1;
  EXPECT_THROW(run_length_decode(flagged, values.size()), DataError);
}

}  // namespace
}  // namespace adagrain
