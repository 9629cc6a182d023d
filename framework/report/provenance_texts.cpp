#include "framework/report/provenance_texts.h"

#include <fmt/format.h>

#include "framework/core/provenance.h"

namespace adagrain {

std::map<std::string, std::string> provenance_texts() {
  const Provenance from = provenance();
  return {{"versions", version_description()},
          {"commit", from.commit + (from.modified ? ", modified" : "")},
          {"libraries",
           from.libtorch.empty() ? "no LibTorch" : fmt::format("LibTorch {}, {}", from.libtorch, from.blas)},
          {"command", from.command},
          {"machine", from.machine}};
}

}  // namespace adagrain
