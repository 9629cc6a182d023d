#include "framework/evaluation/batches.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/evaluation/sample_data.h"

namespace adagrain {
namespace {

// Five images of 3x4 whose pixels count up from 10 times the image's number, not normalised.
DatasetSplits counting_data() {
  DatasetSplits data;
  data.train = {5, 1, 3, 4, {}, {}};
  for (int image = 0; image < 5; ++image) {
    data.train.labels.push_back(static_cast<std::uint8_t>(image));
    for (int pixel = 0; pixel < 12; ++pixel)
      data.train.pixels.push_back(static_cast<std::uint8_t>(20 * image + pixel + 1));
  }
  data.mean = 0;
  data.standard_deviation = 1;
  return data;
}

TrainingConfig config_of(int batch_size, const Augmentation& augmentation = {}) {
  TrainingConfig config;
  config.batch_size = batch_size;
  config.augmentation = augmentation;
  return config;
}

// [n, 1, h, w] back to bytes.
torch::Tensor bytes(const torch::Tensor& images) {
  return (images * 255).round().to(torch::kLong).contiguous();
}

TEST(WholeBatch, NormalisesAndKeepsTheOrder) {
  DatasetSplits data = counting_data();
  data.mean = 0.25;
  data.standard_deviation = 0.5;
  const Batch batch = whole_batch(data, data.train, 1, 3);
  EXPECT_EQ(batch.images.sizes().vec(), (std::vector<std::int64_t>{3, 1, 3, 4}));
  EXPECT_TRUE(batch.images.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_NEAR(batch.images[0][0][0][1].item<float>(), (22 / 255.0 - 0.25) / 0.5, 1e-6);
  EXPECT_NEAR(batch.images[2][0][2][3].item<float>(), (72 / 255.0 - 0.25) / 0.5, 1e-6);
  EXPECT_TRUE(torch::equal(batch.labels, torch::tensor({1, 2, 3}, torch::kLong)));
}

TEST(EpochBatches, ShowEachImageAtMostOnceAndLeaveOutTheRest) {
  const DatasetSplits data = striped_data(70);
  const TrainingConfig config = config_of(16);
  const EpochBatches batches(data, config, 0);
  EXPECT_EQ(batches.count(), 4);
  std::set<std::vector<std::int64_t>> seen;
  for (std::int64_t index = 0; index < batches.count(); ++index) {
    const torch::Tensor images = bytes(batches.batch(index).images);
    for (std::int64_t i = 0; i < 16; ++i) {
      const torch::Tensor flat = images[i].flatten();
      seen.insert({flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()});
    }
  }
  EXPECT_EQ(seen.size(), 64u);
}

TEST(EpochBatches, SeedAndEpochDecideEverything) {
  const DatasetSplits data = striped_data();
  TrainingConfig config = config_of(32, {2, true, 6});
  const auto third = [&](int epoch) { return EpochBatches(data, config, epoch).batch(3); };
  const Batch first = third(1);
  EXPECT_TRUE(torch::equal(first.images, third(1).images));
  EXPECT_TRUE(torch::equal(first.labels, third(1).labels));
  EXPECT_FALSE(torch::equal(first.images, third(2).images));
  config.seed = 2;
  EXPECT_FALSE(torch::equal(first.images, third(1).images));
}

TEST(EpochBatches, LabelsStayWithTheirImages) {
  const DatasetSplits data = counting_data();
  const TrainingConfig config = config_of(5);
  const Batch batch = EpochBatches(data, config, 4).batch(0);
  const torch::Tensor images = bytes(batch.images);
  for (std::int64_t i = 0; i < 5; ++i)
    EXPECT_EQ(images[i][0][0][0].item<std::int64_t>(), 20 * batch.labels[i].item<std::int64_t>() + 1);
}

TEST(Augmentation, AFlippedImageIsTheImageOrItsMirror) {
  const DatasetSplits data = counting_data();
  const torch::Tensor straight = bytes(whole_batch(data, data.train, 0, 5).images);
  std::set<bool> mirrored;
  const TrainingConfig config = config_of(5, {0, true, 0});
  for (int epoch = 0; epoch < 4; ++epoch) {
    const Batch batch = EpochBatches(data, config, epoch).batch(0);
    const torch::Tensor images = bytes(batch.images);
    for (std::int64_t i = 0; i < 5; ++i) {
      const torch::Tensor original = straight[batch.labels[i].item<std::int64_t>()];
      const bool same = torch::equal(images[i], original);
      EXPECT_TRUE(same || torch::equal(images[i], original.flip(2)));
      mirrored.insert(!same);
    }
  }
  EXPECT_EQ(mirrored.size(), 2u);
}

TEST(Augmentation, AShiftMovesTheWholeImageAndZerosComeIn) {
  const DatasetSplits data = counting_data();
  const torch::Tensor straight = bytes(whole_batch(data, data.train, 0, 5).images);
  const torch::Tensor padded =
      torch::constant_pad_nd(straight, {1, 1, 1, 1});  // what every shift is cut from
  std::set<std::pair<int, int>> shifts;
  const TrainingConfig config = config_of(5, {1, false, 0});
  for (int epoch = 0; epoch < 12; ++epoch) {
    const Batch batch = EpochBatches(data, config, epoch).batch(0);
    const torch::Tensor images = bytes(batch.images);
    for (std::int64_t i = 0; i < 5; ++i) {
      const torch::Tensor source = padded[batch.labels[i].item<std::int64_t>()];
      int matches = 0;
      for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 3; ++column) {
          if (!torch::equal(images[i], source.narrow(1, row, 3).narrow(2, column, 4))) continue;
          ++matches;
          shifts.insert({row, column});
        }
      }
      EXPECT_EQ(matches, 1);
    }
  }
  EXPECT_EQ(shifts.size(), 9u);
}

TEST(Augmentation, AnErasedSquareHasTheSideAskedFor) {
  DatasetSplits data = striped_data(64);
  data.mean = 0;
  data.standard_deviation = 1;
  for (const int side : {1, 4, 5}) {
    const TrainingConfig config = config_of(64, {0, false, side});
    const TrainingConfig plain = config_of(64);
    const torch::Tensor erased = bytes(EpochBatches(data, config, 0).batch(0).images);
    const torch::Tensor whole = bytes(EpochBatches(data, plain, 0).batch(0).images);
    std::int64_t largest_height = 0, largest_width = 0;
    const torch::Tensor changed = erased.ne(whole).squeeze(1);  // a pixel that was zero does not count
    for (std::int64_t i = 0; i < 64; ++i) {
      EXPECT_EQ(erased[i].squeeze(0).masked_select(changed[i]).sum().item<std::int64_t>(), 0);
      const std::int64_t rows = changed[i].any(1).sum().item<std::int64_t>();
      const std::int64_t columns = changed[i].any(0).sum().item<std::int64_t>();
      EXPECT_LE(std::max(rows, columns), side);
      largest_height = std::max(largest_height, rows);
      largest_width = std::max(largest_width, columns);
    }
    EXPECT_EQ(largest_height, side);
    EXPECT_EQ(largest_width, side);
  }
}

}  // namespace
}  // namespace adagrain
