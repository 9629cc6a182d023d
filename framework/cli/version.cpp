#include "framework/cli/version.h"

#include <fmt/format.h>

#include "framework/container/grain_layout.h"

namespace adagrain {

std::string version_text(const Provenance& provenance) {
  std::string text = fmt::format("adagrain {}, format {} of .grain files\ncommit {}{}\n{}",
                                 provenance.version, kGrainMagic[3], provenance.commit,
                                 provenance.modified ? ", modified" : "", provenance.compiler);
  if (!provenance.libtorch.empty()) text += "\nLibTorch " + provenance.libtorch;
  if (!provenance.blas.empty()) text += "\nBLAS " + provenance.blas;
  return text;
}

}  // namespace adagrain
