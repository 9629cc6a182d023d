// What --version prints.
#pragma once

#include <string>

#include "framework/core/provenance.h"

namespace adagrain {

// A line for each of: the version and that of the `.grain` format, the commit, the compiler, and LibTorch and
// BLAS where they are loaded.
std::string version_text(const Provenance& provenance);

}  // namespace adagrain
