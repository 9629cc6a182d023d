// A trained network together with its data, behind a wall that keeps LibTorch out of everything above it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "framework/core/tensor.h"
#include "framework/profiling/input_moments.h"
#include "framework/profiling/profile.h"

namespace adagrain {

struct Evaluation {
  std::int64_t images = 0;
  double accuracy = 0;    // top-1, 0..1
  double loss = 0;        // mean cross-entropy, nats
  double divergence = 0;  // mean KL(float32 network || these weights) over the same images, nats
  double discordant = 0;  // share of the images that one of these two gets right and the other wrong
};

struct ClassifierOptions {
  std::string network;            // a Network's name
  std::filesystem::path weights;  // safetensors
  std::string dataset;            // what make_dataset takes
  std::string device = "auto";    // auto, cpu, cuda

  // What `weights` is where nobody names a file: datasets/zoo/<dataset>_<network>.safetensors of the project.
  std::filesystem::path zoo_weights() const;
};

class Classifier {
 public:
  // What ClassifierOptions::network may be.
  static std::vector<std::string> networks();

  // Loads and checks network, weights and data. Throws ConfigError or DataError.
  explicit Classifier(const ClassifierOptions& options);
  ~Classifier();
  Classifier(Classifier&&) noexcept;

  const ClassifierOptions& options() const;
  const Checkpoint& checkpoint() const;  // the float32 network
  const std::vector<LayerDescription>& layers() const;

  // Runs the network with other weights of the same shapes. `limit` > 0 uses the first so many images only.
  // The float32 network's outputs are computed once per split and kept.
  Evaluation evaluate(const Checkpoint& weights, Split split, std::int64_t limit = 0);
  Evaluation evaluate_reference(Split split, std::int64_t limit = 0);

  // Weights, activations and empirical Fisher of the network with these weights, over `images` training
  // images drawn by `seed`.
  ModelProfile profile(const Checkpoint& weights, std::int64_t images, std::uint64_t seed);

  // Weight tensor's name -> moments of its layer's inputs, over training images drawn in the same way.
  std::map<std::string, InputMoments> input_moments(const Checkpoint& weights, std::int64_t images,
                                                    std::uint64_t seed);

  // `original` with biases that make up for what the decoded weights do to each channel's mean, over training
  // images drawn in the same way (bias_correction.h).
  Checkpoint correct_biases(const Checkpoint& original, const Checkpoint& decoded, std::int64_t images,
                            std::uint64_t seed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace adagrain
