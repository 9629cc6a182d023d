// What dataset.h promises, of every registered dataset whose files are on this machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string>

#include "datasets/dataset.h"
#include "framework/core/registry.h"
#include "tests/extending/stripes_dataset.h"
#include "tests/temporary_folder.h"

namespace adagrain {
namespace {

using Bytes = std::vector<std::uint8_t>;

// 26 grey images of 3x2 in two classes, all different; the last two are for the test.
const std::string& sample_folder() {
  static const TemporaryFolder folder;
  static const std::string path = [] {
    const auto write = [&](const std::string& name, Bytes header, const Bytes& values) {
      header.insert(header.end(), values.begin(), values.end());
      std::ofstream(folder / name, std::ios::binary)
          .write(reinterpret_cast<const char*>(header.data()), static_cast<std::streamsize>(header.size()));
    };
    std::uint8_t next = 0;
    for (const auto& [split, count] : {std::pair<std::string, std::uint8_t>{"train", 24}, {"test", 2}}) {
      Bytes pixels(std::size_t{count} * 6), labels(count);
      for (std::uint8_t& pixel : pixels) pixel = next++;
      for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i % 2;
      write(split + "-images-idx3-ubyte", {0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 3, 0, 0, 0, 2}, pixels);
      write(split + "-labels-idx1-ubyte", {0, 0, 8, 1, 0, 0, 0, count}, labels);
    }
    return folder.path().string();
  }();
  return path;
}

// The names; one that needs a parameter is given a folder.
std::vector<std::string> specifications() {
  std::vector<std::string> all;
  for (const std::string& name : Registry<Dataset>::names()) {
    try {
      make_dataset(name);
      all.push_back(name);
    } catch (const ConfigError&) {
      all.push_back(name + ":" + sample_folder());
    }
  }
  return all;
}

class DatasetContract : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Every, DatasetContract, testing::ValuesIn(specifications()),
                         [](const auto& test) { return test.param.substr(0, test.param.find(':')); });

std::set<std::string> images_of(const LabelledImages& images) {
  const auto size = static_cast<std::ptrdiff_t>(images.channels * images.height * images.width);
  std::set<std::string> all;
  for (auto first = images.pixels.begin(); first != images.pixels.end(); first += size)
    all.emplace(first, first + size);
  return all;
}

// A real dataset may hold the same picture twice, but hardly ever.
void expect_disjoint(const LabelledImages& images, const std::set<std::string>& others) {
  std::int64_t known = 0;
  for (const std::string& image : images_of(images)) known += others.contains(image) ? 1 : 0;
  EXPECT_LE(known, images.count / 50) << "of " << images.count;
}

// One loading answers all questions: it is most of the time.
TEST_P(DatasetContract, SplitsAreSoundDisjointAndTheSameEachTime) {
  const std::unique_ptr<Dataset> dataset = make_dataset(GetParam());
  DatasetSplits data;
  try {
    data = dataset->load();
  } catch (const DataError& error) {
    if (std::string(error.what()).starts_with("no ")) GTEST_SKIP() << error.what();
    throw;
  }
  EXPECT_NO_THROW(check_splits(data, GetParam()));
  EXPECT_GE(data.train.count, data.validation.count);
  const std::set<std::string> train = images_of(data.train);
  expect_disjoint(data.validation, train);
  expect_disjoint(data.test, train);
  expect_disjoint(data.test, images_of(data.validation));
  std::vector<std::int64_t> seen(static_cast<std::size_t>(data.classes));
  for (const std::uint8_t label : data.train.labels) ++seen[label];
  EXPECT_GT(*std::min_element(seen.begin(), seen.end()), 0) << "a class is never seen";
  EXPECT_GT(data.mean, 0);
  EXPECT_LT(data.mean, 1);
  EXPECT_LE(data.standard_deviation, 1);

  const DatasetSplits again = dataset->load();
  for (const auto part : {&DatasetSplits::train, &DatasetSplits::validation, &DatasetSplits::test}) {
    EXPECT_EQ((data.*part).pixels, (again.*part).pixels);
    EXPECT_EQ((data.*part).labels, (again.*part).labels);
  }
  EXPECT_EQ(data.mean, again.mean);
  EXPECT_EQ(data.standard_deviation, again.standard_deviation);
}

TEST(Datasets, WhatFollowsTheColonReachesTheDataset) {
  EXPECT_EQ(load_dataset("stripes").classes, 4);
  const DatasetSplits data = load_dataset("stripes:7");
  EXPECT_EQ(data.classes, 7);
  EXPECT_EQ(data.test.height, 7);
}

TEST(Datasets, AWrongSpecificationSaysWhatIsAllowed) {
  const auto message = [](const std::string& specification) -> std::string {
    try {
      make_dataset(specification);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(message("cifar").find("unknown dataset 'cifar'; known: "), std::string::npos) << message("cifar");
  EXPECT_NE(message("cifar:a").find("unknown dataset 'cifar'"), std::string::npos);
  EXPECT_EQ(message("mnist:a"), "dataset 'mnist:a': takes no parameter; 'a' is given");
  EXPECT_EQ(message("mnist:"), "dataset 'mnist:': nothing follows the colon");
  EXPECT_EQ(message("idx"), "dataset 'idx': a folder is expected: idx:<folder>");
  EXPECT_NE(message("idx:" + std::string(61, 'x')).find("has 65 bytes; allowed 64"), std::string::npos);
  EXPECT_EQ(message("idx:" + std::string(60, 'x')), "accepted");
}

TEST(Datasets, AMissingFolderIsNamedWithTheFileThatIsSought) {
  try {
    load_dataset("idx:nowhere/at_all");
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("no train-images-idx3-ubyte or"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("/nowhere/at_all"), std::string::npos) << error.what();
  }
}

TEST(Datasets, ASpecificationIsPartOfAFileName) {
  EXPECT_EQ(dataset_file_name("mnist"), "mnist");
  EXPECT_EQ(dataset_file_name("idx:data/flowers"), "idx_data_flowers");
}

TEST(Datasets, SplitsThatDisagreeAreRefused) {
  const DatasetSplits sound = load_dataset("stripes");
  const auto refused = [&](const std::function<void(DatasetSplits&)>& spoil, const std::string& words) {
    DatasetSplits data = sound;
    spoil(data);
    try {
      check_splits(data, "x");
      ADD_FAILURE() << "accepted; expected: " << words;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  refused([](auto& data) { data.classes = 1; }, "1 classes");
  refused([](auto& data) { data.classes = 3; }, "train: has label 3; allowed 0..2");
  refused([](auto& data) { data.test.labels.pop_back(); }, "test: 8 images, 7 labels");
  refused([](auto& data) { data.validation.pixels.pop_back(); }, "validation: 127 pixels; 128 are expected");
  refused([](auto& data) { data.test.height = 2, data.test.width = 8; },
          "are 1x2x8; the training images are 1x4x4");
  refused([](auto& data) { data.test = {0, 1, 4, 4, {}, {}}; }, "0 images");
  refused([](auto& data) { data.standard_deviation = 0; }, "standard deviation 0");
}

// torchvision's published normalisation of the 60,000 images; the 5,000 that validate move it little.
TEST(FashionMnist, HasTheKnownSizesMeanAndSpread) {
  DatasetSplits data;
  try {
    data = load_dataset("fashion_mnist");
  } catch (const DataError& error) {
    GTEST_SKIP() << error.what();
  }
  EXPECT_EQ(data.train.count, 55'000);
  EXPECT_EQ(data.validation.count, 5'000);
  EXPECT_EQ(data.test.count, 10'000);
  EXPECT_EQ(data.classes, 10);
  EXPECT_NEAR(data.mean, 0.2860, 1e-3);
  EXPECT_NEAR(data.standard_deviation, 0.3530, 1e-3);
}

}  // namespace
}  // namespace adagrain
