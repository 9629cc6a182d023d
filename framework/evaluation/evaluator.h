// evaluate(plan) -> Outcome: encode, write, decode the bytes on disk, run the network. The monitor and
// the reported tables measure with this one function.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "framework/compression/plan.h"
#include "framework/container/grain_file.h"
#include "framework/evaluation/classifier.h"
#include "framework/search/outcome.h"

namespace adagrain {

// How the biases of what is written are corrected; with no images they are not.
struct BiasCorrection {
  std::int64_t images = 0;  // of the training split
  std::uint64_t seed = 1;
};

// Runs the network with what the file holds. `limit` > 0 uses the first so many images only.
Outcome measured_outcome(Classifier& classifier, const GrainReader& container, Split split,
                         std::int64_t limit = 0);

class Evaluator {
 public:
  // Writes its files to `file` (replaced by each evaluation). The classifier and the evidence must outlive
  // it. `validation_images` > 0 judges on the first so many validation images.
  Evaluator(Classifier& classifier, const Checkpoint& weights,
            const std::map<std::string, LayerEvidence>& evidence, std::filesystem::path file,
            std::int64_t validation_images = 0, BiasCorrection correction = {});

  // On validation data; a plan measured before is answered from memory and not counted again.
  Outcome evaluate(const Plan& plan);
  // On test data: reported, never chosen by.
  Outcome report(const Plan& plan);
  // Makes the plan's file that of `file()`.
  void write(const Plan& plan);
  const std::filesystem::path& file() const { return file_; }

  std::int64_t evaluations() const { return evaluations_; }

 private:
  // The file's bytes, biases corrected.
  std::vector<std::uint8_t> encode(const Plan& plan);
  Outcome measure(const Plan& plan, Split split, std::int64_t limit);

  Classifier& classifier_;
  const Checkpoint& weights_;
  const std::map<std::string, LayerEvidence>& evidence_;
  std::filesystem::path file_;
  std::int64_t validation_images_;
  BiasCorrection correction_;
  std::map<std::string, Outcome> known_;  // canonical plan -> outcome
  std::string written_;                   // the canonical plan of the file
  std::int64_t evaluations_ = 0;
};

}  // namespace adagrain
