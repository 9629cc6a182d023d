// Checkpoints with the structure of real networks and values from a named stream, for tests of the container.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "framework/compression/plan.h"
#include "framework/container/grain_file.h"
#include "framework/core/random.h"
#include "framework/core/tensor.h"
#include "tests/temporary_folder.h"

namespace adagrain {

// A name in a folder of its own, nothing there yet; removed at the end of the test.
struct TemporaryFile {
  explicit TemporaryFile(const std::string& name) : path(folder / name) {}
  const TemporaryFolder folder;
  const std::filesystem::path path;
};

// Normal values of the usual scale 1 / sqrt(fan in); a variance is positive.
inline Tensor sample_tensor(const std::string& name, const Shape& shape) {
  Tensor tensor{name, shape, std::vector<float>(static_cast<std::size_t>(element_count(shape)))};
  RandomStream random(1, name);
  const std::int64_t fan_in = shape.empty() || shape[0] == 0 ? 1 : element_count(shape) / shape[0];
  for (float& value : tensor.values) {
    value = static_cast<float>(random.normal() /
                               std::sqrt(static_cast<double>(std::max<std::int64_t>(fan_in, 1))));
    if (name.ends_with("running_var")) value = 0.5F + std::abs(value);
    if (name.ends_with("num_batches_tracked")) value = 58'600.0F;
  }
  return tensor;
}

inline Checkpoint sample_checkpoint(const std::vector<std::pair<std::string, Shape>>& tensors) {
  Checkpoint checkpoint;
  for (const auto& [name, shape] : tensors) checkpoint.push_back(sample_tensor(name, shape));
  return checkpoint;
}

// LeNet-5 as Caffe has it: 431,080 parameters.
inline Checkpoint lenet5_checkpoint() {
  return sample_checkpoint({{"conv1.weight", {20, 1, 5, 5}},
                            {"conv1.bias", {20}},
                            {"conv2.weight", {50, 20, 5, 5}},
                            {"conv2.bias", {50}},
                            {"fc1.weight", {500, 800}},
                            {"fc1.bias", {500}},
                            {"fc2.weight", {10, 500}},
                            {"fc2.bias", {10}}});
}

// The convolutions and batch norms of a ResNet-20 with 16, 32 and 64 channels.
inline Checkpoint resnet20_checkpoint() {
  std::vector<std::pair<std::string, Shape>> tensors;
  const auto add_norm = [&](const std::string& name, std::int64_t channels) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      tensors.push_back({name + part, {channels}});
    }
    tensors.push_back({name + ".num_batches_tracked", {}});
  };
  tensors.push_back({"conv1.weight", {16, 1, 3, 3}});
  add_norm("bn1", 16);
  std::int64_t in = 16;
  for (int stage = 1; stage <= 3; ++stage) {
    const std::int64_t out = 8L << stage;
    for (int block = 0; block < 3; ++block) {
      const std::string prefix = "layer" + std::to_string(stage) + "." + std::to_string(block);
      tensors.push_back({prefix + ".conv1.weight", {out, in, 3, 3}});
      add_norm(prefix + ".bn1", out);
      tensors.push_back({prefix + ".conv2.weight", {out, out, 3, 3}});
      add_norm(prefix + ".bn2", out);
      in = out;
    }
  }
  tensors.push_back({"fc.weight", {10, 64}});
  tensors.push_back({"fc.bias", {10}});
  return sample_checkpoint(tensors);
}

// A few tensors of every encoding, small enough to try every damage.
inline Checkpoint tiny_checkpoint() {
  return sample_checkpoint({{"conv.weight", {4, 2, 3, 3}},
                            {"conv.bias", {4}},
                            {"norm.running_var", {4}},
                            {"norm.num_batches_tracked", {}},
                            {"fc.weight", {3, 5}},
                            {"empty", {0, 7}}});
}

// The candidate for every tensor of two or more dimensions.
inline Plan plan_for(const Checkpoint& checkpoint, const std::string& candidate,
                     SmallTensorRule rule = SmallTensorRule::float16) {
  Plan plan;
  plan.small_tensors = rule;
  for (const Tensor& tensor : checkpoint) {
    if (tensor.shape.size() >= 2) plan.layers.emplace(tensor.name, parse_candidate(candidate));
  }
  return plan;
}

}  // namespace adagrain
