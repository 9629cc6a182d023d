// MNIST (LeCun, Cortes, Burges, 1998): 60,000 + 10,000 images of digits, 28x28, ten classes.
#include "datasets/idx.h"
#include "framework/core/project_root.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class Mnist : public Dataset {
 public:
  DatasetSplits load() const override {
    return load_idx_dataset(
        {data_folder("mnist", project_root() / "datasets/raw/mnist"),
         "fetch each with curl -fO https://ossci-datasets.s3.amazonaws.com/mnist/<name>.gz; "
         "datasets/README.md has the commands",
         {0xe9f4d8b3, 0xe0cb4ad2, 0x91373bdf, 0x4ab9eff9}});
  }
};

const bool registered =
    Registry<Dataset>::add("mnist", "digits, 28x28, from datasets/raw/mnist or $ADAGRAIN_DATA/mnist",
                           [] { return std::make_unique<Mnist>(); });

}  // namespace
}  // namespace adagrain
