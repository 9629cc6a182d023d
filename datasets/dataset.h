// Labelled images, split once and for all. Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace adagrain {

enum class Split { train, validation, test };

struct LabelledImages {
  std::int64_t count = 0, channels = 1, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;  // [count, channels, height, width], 0..255
  std::vector<std::uint8_t> labels;  // [count], < classes
};

// The last 5,000 training images validate every choice; the test images are only ever reported.
struct DatasetSplits {
  LabelledImages train, validation, test;
  int classes = 0;
  double mean = 0, standard_deviation = 1;  // of the training pixels scaled to 0..1
};

class Dataset {
 public:
  static constexpr const char* kind = "dataset";
  virtual ~Dataset() = default;

  // Throws DataError: missing files (with how to get them), checksum mismatch, truncated or mislabelled
  // content.
  virtual DatasetSplits load() const = 0;
};

}  // namespace adagrain
