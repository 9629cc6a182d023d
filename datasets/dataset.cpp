#include "datasets/dataset.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "framework/core/checksum.h"
#include "framework/core/registry.h"

namespace adagrain {

namespace {

constexpr std::size_t kLongestSpecification = 64;  // what a dataset's column holds

void check_split(const LabelledImages& images, const DatasetSplits& data, const std::string& where) {
  require<DataError>(images.count > 0 && images.channels > 0 && images.height > 0 && images.width > 0,
                     "{}: {} images of {}x{}x{}; none of these may be 0", where, images.count,
                     images.channels, images.height, images.width);
  const LabelledImages& train = data.train;
  require<DataError>(
      images.channels == train.channels && images.height == train.height && images.width == train.width,
      "{}: images are {}x{}x{}; the training images are {}x{}x{}", where, images.channels, images.height,
      images.width, train.channels, train.height, train.width);
  require<DataError>(images.labels.size() == static_cast<std::size_t>(images.count),
                     "{}: {} images, {} labels", where, images.count, images.labels.size());
  const std::int64_t pixels = images.count * images.channels * images.height * images.width;
  require<DataError>(images.pixels.size() == static_cast<std::size_t>(pixels),
                     "{}: {} pixels; {} are expected", where, images.pixels.size(), pixels);
  const std::uint8_t highest = *std::max_element(images.labels.begin(), images.labels.end());
  require<DataError>(highest < data.classes, "{}: has label {}; allowed 0..{}", where, highest,
                     data.classes - 1);
}

}  // namespace

void Dataset::configure(const std::string& parameter) {
  require<ConfigError>(parameter.empty(), "takes no parameter; '{}' is given", parameter);
}

std::unique_ptr<Dataset> make_dataset(const std::string& specification) {
  require<ConfigError>(specification.size() <= kLongestSpecification,
                       "dataset '{}' has {} bytes; allowed {}, as it goes into the results", specification,
                       specification.size(), kLongestSpecification);
  const std::size_t colon = std::min(specification.find(':'), specification.size());
  std::unique_ptr<Dataset> dataset = Registry<Dataset>::create(specification.substr(0, colon));
  try {
    const bool given = colon < specification.size();
    require<ConfigError>(!given || colon + 1 < specification.size(), "nothing follows the colon");
    dataset->configure(given ? specification.substr(colon + 1) : "");
  } catch (const ConfigError& error) {
    throw ConfigError(fmt::format("dataset '{}': {}", specification, error.what()));
  }
  return dataset;
}

void check_splits(const DatasetSplits& data, const std::string& name) {
  require<DataError>(data.classes >= 2, "dataset '{}': has {} classes; at least 2 are needed", name,
                     data.classes);
  check_split(data.train, data, fmt::format("dataset '{}', train", name));
  check_split(data.validation, data, fmt::format("dataset '{}', validation", name));
  check_split(data.test, data, fmt::format("dataset '{}', test", name));
  require<DataError>(
      std::isfinite(data.mean) && std::isfinite(data.standard_deviation) && data.standard_deviation > 0,
      "dataset '{}': pixels have mean {} and standard deviation {}", name, data.mean,
      data.standard_deviation);
}

DatasetSplits load_dataset(const std::string& specification) {
  DatasetSplits data = make_dataset(specification)->load();
  check_splits(data, specification);
  return data;
}

std::string checksum(const DatasetSplits& data) {
  std::uint32_t crc = 0;
  for (const LabelledImages* images : {&data.train, &data.validation, &data.test})
    crc = crc32(images->labels, crc32(images->pixels, crc));
  return fmt::format("{} + {} + {} images of {} x {} x {}, {} classes, crc32 {:08x}", data.train.count,
                     data.validation.count, data.test.count, data.train.channels, data.train.height,
                     data.train.width, data.classes, crc);
}

const DatasetFacts& dataset_facts(const std::string& specification) {
  static std::mutex mutex;
  static std::map<std::string, DatasetFacts> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(specification);
  if (found != known.end()) return found->second;
  const DatasetSplits data = load_dataset(specification);
  return known[specification] = {data.train.count, data.validation.count, data.test.count, checksum(data)};
}

std::string read_dataset(const Config& config) {
  auto specification = config.get<std::string>("dataset");
  try {
    make_dataset(specification);
  } catch (const ConfigError& error) {
    config.fail("dataset", error.what());
  }
  return specification;
}

std::string dataset_file_name(std::string specification) {
  for (char& letter : specification) {
    if (letter == ':' || letter == '/') letter = '_';
  }
  return specification;
}

}  // namespace adagrain
