// IDX files as MNIST defines them (http://yann.lecun.com/exdb/mnist/), plain or gzip: a big-endian header of
// magic and dimensions, then unsigned bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
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

// Where the four files of an MNIST-like set are, and how they must look.
struct IdxDataset {
  std::filesystem::path folder;
  std::string how_to_get;  // ends the error about a missing file
  std::vector<std::uint32_t> checksums =
      {};  // CRC-32 of train images, train labels, test images, test labels
};

// <name>.gz or <name>, whichever is there; the last 5,000 training images become the validation split. Throws
// DataError, also when images and labels differ in number or a label is no class.
DatasetSplits load_idx_dataset(const IdxDataset& dataset);

// $ADAGRAIN_DATA/<name> when that is there, else `fallback`.
std::filesystem::path data_folder(const std::string& name, const std::filesystem::path& fallback);

}  // namespace adagrain
