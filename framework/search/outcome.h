// What a plan did, measured.
#pragma once

#include <cstdint>

namespace adagrain {

struct Outcome {
  std::uint64_t file_bytes = 0;     // the .grain file on disk
  std::uint64_t float32_bytes = 0;  // the whole float32 checkpoint
  double accuracy = 0;              // of the decoded file, 0..1
  double reference_accuracy = 0;    // of the float32 network on the same data
  double loss = 0;                  // mean cross-entropy, nats
  double divergence = 0;            // mean KL(float32 network || decoded network), nats
  double drop_error = 0;  // standard error of the drop, 0..1: images judged by both networks, as pairs

  double ratio() const { return static_cast<double>(float32_bytes) / static_cast<double>(file_bytes); }
  double drop_points() const { return 100.0 * (reference_accuracy - accuracy); }
  double drop_error_points() const { return 100.0 * drop_error; }
};

}  // namespace adagrain
