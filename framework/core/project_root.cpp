#include "framework/core/project_root.h"

#include <cstdlib>

namespace adagrain {

std::filesystem::path project_root() {
  const char* home = std::getenv("ADAGRAIN_HOME");
  return home != nullptr ? home : ADAGRAIN_SOURCE_ROOT;
}

}  // namespace adagrain
