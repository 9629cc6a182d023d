// IDX files as MNIST defines them (http://yann.lecun.com/exdb/mnist/), plain or gzip: a big-endian header of
// magic and dimensions, then unsigned bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/dataset.h"

namespace adagrain {

struct IdxFile {
  std::vector<std::uint32_t> dimensions;
  std::vector<std::uint8_t> values;
  std::uint32_t crc = 0;  // CRC-32 of the whole unpacked file
};

// Memory is bounded by `limit_bytes`, however the file describes itself. Throws DataError when it is
// truncated, longer than its header says, of another type, or has other than `expected_dimensions`
// dimensions.
IdxFile read_idx(const std::filesystem::path& file, std::size_t expected_dimensions,
                 std::uint64_t limit_bytes = std::uint64_t{1} << 28);

// Where the files of an MNIST-like set are, and how they must look.
struct IdxDataset {
  std::filesystem::path folder;
  std::string how_to_get;  // ends the error about a missing or damaged file
  // CRC-32 of train images, train labels, test images, test labels; empty: any content
  std::vector<std::uint32_t> checksums = {};
  std::uint64_t limit_bytes = std::uint64_t{1} << 28;  // of one unpacked file
};

// Each split is a pair of files, plain or with ".gz":
//   <split>-images-idx3-ubyte [count, height, width] or <split>-images-idx4-ubyte [count, channels, height,
//   width], and <split>-labels-idx1-ubyte [count], where <split> is train, validation, and t10k or test.
// Without validation files the last twelfth of the training images validate (5,000 of MNIST's 60,000). Sizes
// and classes are what the training files hold. Throws DataError, also when images and labels differ in
// number or a label does not occur in training.
DatasetSplits load_idx_dataset(const IdxDataset& dataset);

// $ADAGRAIN_DATA/<name> when that is there, else `fallback`.
std::filesystem::path data_folder(const std::string& name, const std::filesystem::path& fallback);

}  // namespace adagrain
