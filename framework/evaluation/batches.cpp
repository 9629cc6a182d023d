#include "framework/evaluation/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "framework/core/random.h"

namespace adagrain {

namespace {

// Look-up from pixel to normalised value.
std::array<float, 256> normalisation(const DatasetSplits& data) {
  std::array<float, 256> table;
  for (int pixel = 0; pixel < 256; ++pixel) {
    table[pixel] = static_cast<float>((pixel / 255.0 - data.mean) / data.standard_deviation);
  }
  return table;
}

// How one image is changed.
struct Change {
  int shift_rows = 0, shift_columns = 0;
  bool flip = false;
  int erase_row = 0, erase_column = 0, erase_size = 0;  // the square's top left corner, perhaps outside
};

Change draw(const Augmentation& augmentation, const LabelledImages& images, RandomStream& random) {
  Change change;
  const auto offset = [&](int reach) {
    return static_cast<int>(random.below(2 * static_cast<std::uint64_t>(reach) + 1)) - reach;
  };
  if (augmentation.shift > 0) {
    change.shift_rows = offset(augmentation.shift);
    change.shift_columns = offset(augmentation.shift);
  }
  if (augmentation.flip) change.flip = random.below(2) == 1;
  if (augmentation.erase > 0) {
    change.erase_size = augmentation.erase;
    // The centre is anywhere in the image.
    const auto corner = [&](std::int64_t size) {
      return static_cast<int>(random.below(static_cast<std::uint64_t>(size))) - augmentation.erase / 2;
    };
    change.erase_row = corner(images.height);
    change.erase_column = corner(images.width);
  }
  return change;
}

void write_image(const LabelledImages& images, std::int64_t index, const Change& change,
                 const std::array<float, 256>& table, float* target) {
  const std::int64_t height = images.height, width = images.width;
  const auto erased_from = [&](std::int64_t position, int corner) {
    return position >= corner && position < corner + change.erase_size;
  };
  for (std::int64_t channel = 0; channel < images.channels; ++channel) {
    const std::uint8_t* source = images.pixels.data() + (index * images.channels + channel) * height * width;
    for (std::int64_t row = 0; row < height; ++row) {
      const std::int64_t from_row = row - change.shift_rows;
      for (std::int64_t column = 0; column < width; ++column) {
        const std::int64_t straight = column - change.shift_columns;
        const std::int64_t from_column = change.flip ? width - 1 - straight : straight;
        const bool inside = from_row >= 0 && from_row < height && from_column >= 0 && from_column < width;
        const bool erased = erased_from(row, change.erase_row) && erased_from(column, change.erase_column);
        *target++ = table[inside && !erased ? source[from_row * width + from_column] : 0];
      }
    }
  }
}

Batch empty_batch(const LabelledImages& images, std::int64_t count) {
  return {torch::empty({count, images.channels, images.height, images.width}),
          torch::empty({count}, torch::kLong), torch::empty({count}, torch::kLong)};
}

Batch finished(Batch batch) {
  batch.images = batch.images.contiguous(torch::MemoryFormat::ChannelsLast);
  return batch;
}

}  // namespace

Batch gathered_batch(const DatasetSplits& data, const LabelledImages& images,
                     const std::vector<std::int64_t>& numbers) {
  const std::array<float, 256> table = normalisation(data);
  Batch batch = empty_batch(images, static_cast<std::int64_t>(numbers.size()));
  float* target = batch.images.data_ptr<float>();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    write_image(images, numbers[i], {}, table, target);
    target += images.channels * images.height * images.width;
    batch.labels.data_ptr<std::int64_t>()[i] = images.labels[static_cast<std::size_t>(numbers[i])];
    batch.numbers.data_ptr<std::int64_t>()[i] = numbers[i];
  }
  return finished(batch);
}

Batch whole_batch(const DatasetSplits& data, const LabelledImages& images, std::int64_t first,
                  std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), first);
  return gathered_batch(data, images, numbers);
}

EpochBatches::EpochBatches(const DatasetSplits& data, const TrainingConfig& config, int epoch)
    : data_(data), config_(config), order_(static_cast<std::size_t>(data.train.count)) {
  std::iota(order_.begin(), order_.end(), 0u);
  RandomStream random(config.seed, fmt::format("order of epoch {}", epoch));
  random.shuffle(std::span(order_));
  augmentation_seed_ = RandomStream(config.seed, fmt::format("augmentation of epoch {}", epoch)).next();
}

std::int64_t EpochBatches::count() const {
  return data_.train.count / config_.batch_size;
}

Batch EpochBatches::batch(std::int64_t index) const {
  const std::array<float, 256> table = normalisation(data_);
  const LabelledImages& images = data_.train;
  Batch batch = empty_batch(images, config_.batch_size);
  const std::int64_t size = images.channels * images.height * images.width;
  RandomStream random(augmentation_seed_, fmt::format("batch {}", index));
  for (std::int64_t i = 0; i < config_.batch_size; ++i) {
    const std::uint32_t image = order_[static_cast<std::size_t>(index * config_.batch_size + i)];
    write_image(images, image, draw(config_.augmentation, images, random), table,
                batch.images.data_ptr<float>() + i * size);
    batch.labels.data_ptr<std::int64_t>()[i] = images.labels[image];
    batch.numbers.data_ptr<std::int64_t>()[i] = image;
  }
  return finished(batch);
}

}  // namespace adagrain
