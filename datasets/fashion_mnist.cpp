// Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017): 60,000 + 10,000 images of clothes, 28x28, ten classes.
#include "datasets/idx.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class FashionMnist : public Dataset {
 public:
  DatasetSplits load() const override {
    return load_idx_dataset({data_folder("fashion-mnist", "/usr/share/datasets/fashion-mnist"),
                             "install Debian's package dataset-fashion-mnist",
                             {0xb4f29f28, 0x741a4657, 0x678fe0b1, 0x80142c1f}});
  }
};

const bool registered =
    Registry<Dataset>::add("fashion_mnist", "clothes, 28x28, from Debian's dataset-fashion-mnist",
                           [] { return std::make_unique<FashionMnist>(); });

}  // namespace
}  // namespace adagrain
