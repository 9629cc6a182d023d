#include "framework/evaluation/network_fit.h"

#include "framework/core/error.h"

namespace adagrain {

void check_fit(Network& network, const std::string& network_name, const DatasetSplits& data,
               const std::string& dataset_name) {
  const torch::NoGradGuard no_grad;
  const bool was_training = network.is_training();
  network.eval();
  const LabelledImages& images = data.train;
  const torch::Tensor image =
      torch::zeros({1, images.channels, images.height, images.width}, network.parameters().front().options());
  torch::Tensor logits;
  try {
    logits = network.forward(image);
  } catch (const c10::Error&) {
    // LibTorch's own words are of matrices; the next line's are of what the user chose.
  }
  network.train(was_training);
  require<DataError>(logits.defined(),
                     "network '{}' cannot take the images of dataset '{}', which are {}x{}x{}", network_name,
                     dataset_name, images.channels, images.height, images.width);
  require<DataError>(logits.dim() == 2 && logits.size(1) == data.classes,
                     "network '{}' has {} outputs; dataset '{}' has {} classes", network_name, logits.numel(),
                     dataset_name, data.classes);
}

}  // namespace adagrain
