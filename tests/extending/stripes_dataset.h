// A dataset of one's own, with a parameter: `stripes:6` has images of 6 x 6 pixels.
#pragma once

#include <memory>
#include <string>

#include "datasets/dataset.h"
#include "framework/core/registry.h"

namespace adagrain {

// A dataset of one's own is this much: one file that registers it.
class Stripes : public Dataset {
 public:
  void configure(const std::string& parameter) override {
    if (!parameter.empty()) side_ = std::stoll(parameter);
  }

  // Class k: row k is bright; the image's number makes it differ from the others.
  DatasetSplits load() const override {
    DatasetSplits data;
    data.classes = static_cast<int>(side_);
    std::uint8_t number = 0;
    for (LabelledImages* images : {&data.train, &data.validation, &data.test}) {
      *images = {2 * side_, 1, side_, side_, {}, {}};
      for (std::int64_t image = 0; image < images->count; ++image, ++number) {
        for (std::int64_t pixel = 0; pixel < side_ * side_; ++pixel)
          images->pixels.push_back(pixel / side_ == image % side_ ? 200 : number);
        images->labels.push_back(static_cast<std::uint8_t>(image % side_));
      }
    }
    data.mean = 0.5;
    return data;
  }

 private:
  std::int64_t side_ = 4;
};

inline const bool stripes_registered =
    Registry<Dataset>::add("stripes", "bright rows, for tests", [] { return std::make_unique<Stripes>(); });

}  // namespace adagrain
