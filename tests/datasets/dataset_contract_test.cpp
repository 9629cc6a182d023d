#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "datasets/dataset.h"
#include "framework/core/error.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class DatasetContract : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Every, DatasetContract, testing::ValuesIn(Registry<Dataset>::names()),
                         [](const auto& test) { return test.param; });

void expect_consistent(const LabelledImages& images, int classes) {
  EXPECT_EQ(images.labels.size(), static_cast<std::size_t>(images.count));
  EXPECT_EQ(images.pixels.size(),
            static_cast<std::size_t>(images.count * images.channels * images.height * images.width));
  EXPECT_TRUE(
      std::all_of(images.labels.begin(), images.labels.end(), [&](int label) { return label < classes; }));
}

// One loading answers all questions: it is most of the time.
TEST_P(DatasetContract, LoadsInItsFixedSplits) {
  DatasetSplits data;
  try {
    data = Registry<Dataset>::create(GetParam())->load();
  } catch (const DataError& error) {
    if (std::string(error.what()).starts_with("no ")) GTEST_SKIP() << error.what();
    throw;
  }
  EXPECT_EQ(data.train.count, 55'000);
  EXPECT_EQ(data.validation.count, 5'000);
  EXPECT_EQ(data.test.count, 10'000);
  EXPECT_EQ(data.classes, 10);
  for (const LabelledImages* images : {&data.train, &data.validation, &data.test}) {
    expect_consistent(*images, data.classes);
    EXPECT_EQ(images->height, 28);
    EXPECT_EQ(images->width, 28);
    std::array<int, 10> seen = {};
    for (const std::uint8_t label : images->labels) ++seen[label];
    EXPECT_GT(*std::min_element(seen.begin(), seen.end()), images->count / 20) << "a class is hardly there";
  }
  EXPECT_GT(data.mean, 0.05);
  EXPECT_LT(data.mean, 0.5);
  EXPECT_GT(data.standard_deviation, 0.2);
  EXPECT_LT(data.standard_deviation, 0.5);
}

// torchvision's published normalisation of the 60,000 images; the 5,000 that validate move it little.
TEST(FashionMnist, HasTheKnownMeanAndSpread) {
  DatasetSplits data;
  try {
    data = Registry<Dataset>::create("fashion_mnist")->load();
  } catch (const DataError& error) {
    GTEST_SKIP() << error.what();
  }
  EXPECT_NEAR(data.mean, 0.2860, 1e-3);
  EXPECT_NEAR(data.standard_deviation, 0.3530, 1e-3);
}

}  // namespace
}  // namespace adagrain
