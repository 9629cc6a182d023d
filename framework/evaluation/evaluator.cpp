#include "framework/evaluation/evaluator.h"

#include <cmath>

#include "framework/container/grain_writer.h"
#include "framework/container/safetensors.h"
#include "framework/core/files.h"

namespace adagrain {

Outcome measured_outcome(Classifier& classifier, const GrainReader& container, Split split,
                         std::int64_t limit) {
  const Evaluation decoded = classifier.evaluate(container.decode_all(), split, limit);
  const Evaluation reference = classifier.evaluate_reference(split, limit);
  Outcome outcome;
  outcome.file_bytes = container.file_bytes();
  // Ratios are against the network as it was trained, whatever was folded since.
  outcome.float32_bytes = safetensors_bytes(classifier.checkpoint());
  outcome.accuracy = decoded.accuracy;
  outcome.reference_accuracy = reference.accuracy;
  outcome.loss = decoded.loss;
  outcome.divergence = decoded.divergence;
  // An image counts -1, 0 or 1 into the drop: the variance of a difference of two correlated proportions
  // (McNemar 1947).
  const double drop = reference.accuracy - decoded.accuracy;
  outcome.drop_error = std::sqrt((decoded.discordant - drop * drop) / static_cast<double>(decoded.images));
  return outcome;
}

Evaluator::Evaluator(Classifier& classifier, const Checkpoint& weights,
                     const std::map<std::string, LayerEvidence>& evidence, std::filesystem::path file,
                     std::int64_t validation_images, BiasCorrection correction)
    : classifier_(classifier),
      weights_(weights),
      evidence_(evidence),
      file_(std::move(file)),
      validation_images_(validation_images),
      correction_(correction) {}

Outcome Evaluator::evaluate(const Plan& plan) {
  const std::string key = to_json(plan);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  ++evaluations_;
  return known_[key] = measure(plan, Split::validation, validation_images_);
}

Outcome Evaluator::report(const Plan& plan) {
  return measure(plan, Split::test, 0);
}

std::vector<std::uint8_t> Evaluator::encode(const Plan& plan) {
  std::vector<StoredTensor> stored = store_tensors(weights_, plan, evidence_);
  std::vector<std::uint8_t> bytes = pack_grain(weights_, stored, plan);
  if (correction_.images == 0) return bytes;
  const Checkpoint decoded = GrainReader::parse(std::move(bytes), "bias correction").decode_all();
  const Checkpoint corrected =
      classifier_.correct_biases(weights_, decoded, correction_.images, correction_.seed);
  // Layers keep their payloads: biases are small tensors.
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (!plan.layers.contains(corrected[i].name)) stored[i] = store_tensor(corrected[i], plan, {});
  }
  return pack_grain(corrected, stored, plan);
}

void Evaluator::write(const Plan& plan) {
  std::string key = to_json(plan);
  if (key == written_) return;
  write_file_atomically(file_, encode(plan));
  written_ = std::move(key);
}

Outcome Evaluator::measure(const Plan& plan, Split split, std::int64_t limit) {
  write(plan);
  // From here on only the bytes on disk count.
  return measured_outcome(classifier_, GrainReader::open(file_), split, limit);
}

}  // namespace adagrain
