#include "framework/evaluation/batch_norm_folding.h"

#include <gtest/gtest.h>

#include "framework/core/project_root.h"
#include "framework/evaluation/classifier.h"

namespace adagrain {
namespace {

TEST(BatchNormFolding, TheNetworkComputesTheSame) {
  for (const char* network : {"resnet20", "mobilenet_small", "vgg_small"}) {
    Classifier classifier(
        {network,
         project_root() / "datasets/zoo" / (std::string("fashion_mnist_") + network + ".safetensors"),
         "fashion_mnist", "cpu"});
    const Checkpoint folded = fold_batch_norms(classifier.checkpoint(), classifier.layers());
    const Evaluation result = classifier.evaluate(folded, Split::validation, 200);
    EXPECT_EQ(result.accuracy, classifier.evaluate_reference(Split::validation, 200).accuracy) << network;
    EXPECT_LT(result.divergence, 1e-8) << network;
    std::size_t changed = 0;
    for (std::size_t i = 0; i < folded.size(); ++i)
      changed += folded[i].values != classifier.checkpoint()[i].values;
    EXPECT_GT(changed, classifier.layers().size()) << network << ": weights, biases and statistics move";
  }
}

}  // namespace
}  // namespace adagrain
