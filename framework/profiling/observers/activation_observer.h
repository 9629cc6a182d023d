// Statistics of what enters each layer, while the network runs.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "framework/models/layers.h"
#include "framework/models/network.h"
#include "framework/profiling/scale_spread.h"
#include "framework/profiling/statistics.h"

namespace adagrain {

// Watches from construction to destruction, on this thread.
class ActivationObserver : public LayerTap {
 public:
  struct Options {
    std::int64_t images = 0;  // of each batch only the first so many count; 0: all
    bool scales = false;      // the spread of scales as well, which takes another pass over the values
  };
  ActivationObserver(const Network& network, const Options& options);

  void on_layer(const torch::nn::Module& layer, const torch::Tensor& input,
                const torch::Tensor& output) override;

  // Module paths of the layers that ran, in the order in which each ran first.
  const std::vector<std::string>& layers() const { return order_; }
  // Of the layer with this module path; count 0 when it never ran.
  ValueStatistics statistics(const std::string& layer) const;
  // Of the same layer; nothing was added when it never ran or scales are not among the options.
  const ActivationScales& scales(const std::string& layer) const;

 private:
  Options options_;
  std::map<const torch::nn::Module*, std::string> names_;
  std::map<std::string, ValueAccumulator> seen_;
  std::map<std::string, ActivationScales> scales_;
  std::vector<std::string> order_;
};

}  // namespace adagrain
