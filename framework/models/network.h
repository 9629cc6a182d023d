// A network, as a LibTorch module. One file per network registers itself in Registry<Network>.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "framework/core/registry.h"
#include "framework/core/tensor.h"

namespace adagrain {

class Network : public torch::nn::Module {
 public:
  static constexpr const char* kind = "network";

  // [batch, channels, height, width] normalised images -> [batch, classes] logits. The networks of the zoo
  // take [batch, 1, 28, 28] and give 10; check_fit tells whether a network and a dataset go together.
  virtual torch::Tensor forward(torch::Tensor images) = 0;
};

// A fresh network with its own initialisation drawn from torch's generator. Throws ConfigError on an unknown
// name.
std::shared_ptr<Network> make_network(const std::string& name);

// Every Conv2d and Linear in order of execution, found by one forward pass with `input_shape`, for
// example [1, 1, 28, 28].
std::vector<LayerDescription> describe_layers(Network& network, const Shape& input_shape);

// All parameters and floating-point buffers under their module paths (num_batches_tracked is left out: it
// does not change what the network computes).
Checkpoint read_checkpoint(const Network& network);
// Throws DataError naming the first tensor that is missing, unexpected, of another shape, or not finite; the
// network is then as it was.
void load_checkpoint(Network& network, const Checkpoint& checkpoint);

}  // namespace adagrain
