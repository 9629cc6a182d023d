// Images of one's own: IDX files in a folder, of any size, with one channel or several, in two classes or
// more. `dataset: idx:<folder>`; idx.h says which files it holds.
#include "datasets/idx.h"
#include "framework/core/files.h"
#include "framework/core/project_root.h"
#include "framework/core/registry.h"

namespace adagrain {
namespace {

class IdxFiles : public Dataset {
 public:
  void configure(const std::string& parameter) override {
    require<ConfigError>(!parameter.empty(), "a folder is expected: idx:<folder>");
    folder_ = std::filesystem::path(parameter);
    if (folder_.is_relative()) folder_ = project_root() / folder_;
  }

  DatasetSplits load() const override {
    return load_idx_dataset({folder_, "datasets/README.md says which files are expected", {}, kLimitBytes});
  }

 private:
  static constexpr std::uint64_t kLimitBytes = std::uint64_t{1} << 30;  // of one unpacked file

  std::filesystem::path folder_;
};

const bool registered = Registry<Dataset>::add("idx", "one's own IDX files, from the folder of idx:<folder>",
                                               [] { return std::make_unique<IdxFiles>(); });

}  // namespace
}  // namespace adagrain
