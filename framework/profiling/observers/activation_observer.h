// Statistics of what enters each layer, while the network runs.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "framework/models/layers.h"
#include "framework/models/network.h"
#include "framework/profiling/statistics.h"

namespace adagrain {

// Watches from construction to destruction, on this thread.
class ActivationObserver : public LayerTap {
 public:
  // With `images` > 0 only the first so many of each batch count.
  explicit ActivationObserver(const Network& network, std::int64_t images = 0);

  void on_layer(const torch::nn::Module& layer, const torch::Tensor& input,
                const torch::Tensor& output) override;

  // Module paths of the layers that ran, in the order in which each ran first.
  const std::vector<std::string>& layers() const { return order_; }
  // Of the layer with this module path; count 0 when it never ran.
  ValueStatistics statistics(const std::string& layer) const;

 private:
  std::int64_t images_;
  std::map<const torch::nn::Module*, std::string> names_;
  std::map<std::string, ValueAccumulator> seen_;
  std::vector<std::string> order_;
};

}  // namespace adagrain
