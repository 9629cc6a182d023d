// Labelled images, split once and for all. Torch-free.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/config.h"

namespace adagrain {

enum class Split { train, validation, test };

struct LabelledImages {
  std::int64_t count = 0, channels = 1, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;  // [count, channels, height, width], 0..255
  std::vector<std::uint8_t> labels;  // [count], < classes
};

// The validation split decides every choice; the test images are only ever reported.
struct DatasetSplits {
  LabelledImages train, validation, test;  // images of one size
  int classes = 0;
  double mean = 0, standard_deviation = 1;  // of the training pixels scaled to 0..1, all channels together
};

class Dataset {
 public:
  static constexpr const char* kind = "dataset";
  virtual ~Dataset() = default;

  // What follows the colon of "name:parameter", empty where nothing does; called once before load(). Reads no
  // file. Throws ConfigError. A dataset that takes no parameter leaves this as it is.
  virtual void configure(const std::string& parameter);

  // Throws DataError: missing files (with how to get them), checksum mismatch, truncated or mislabelled
  // content.
  virtual DatasetSplits load() const = 0;
};

// "mnist", or "idx:<folder>" for a dataset that takes a parameter. Throws ConfigError where the name is
// unknown, the parameter is not what the dataset takes, or the whole is too long for the results' tables.
std::unique_ptr<Dataset> make_dataset(const std::string& specification);

// make_dataset, load, check_splits.
DatasetSplits load_dataset(const std::string& specification);

// Sizes and CRC-32 of everything: which data a number was measured on.
std::string checksum(const DatasetSplits& data);

struct DatasetFacts {
  std::int64_t train = 0, validation = 0, test = 0;  // images
  std::string checksum;
};
// Loaded once in a process. Throws as load_dataset() does.
const DatasetFacts& dataset_facts(const std::string& specification);

// Throws DataError unless the splits agree with themselves and with each other: no split is empty, all images
// have one size, there is a label below `classes` for each, and pixels can be normalised.
void check_splits(const DatasetSplits& data, const std::string& name);

// The key `dataset`. Throws ConfigError at the key where make_dataset refuses its value.
std::string read_dataset(const Config& config);

// The specification as a part of a file's name: "idx:data/flowers" is "idx_data_flowers".
std::string dataset_file_name(std::string specification);

}  // namespace adagrain
